// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/unit/rules/fixture.h"

#include <stdio.h>
#include <string.h>

#include "rules/text.h"

// The tokens of `text` with "|" between, "'" behind a cleaned and "^" behind an accented one.
static const char *tokens_of(const char *text, size_t size)
{
	static char out[4096];
	struct token tokens[TOKENS_MAX];
	size_t n = text_tokens(text, size, tokens, TOKENS_MAX), at = 0;
	out[0] = 0;
	for (size_t i = 0; i < n; i++)
		at += (size_t)snprintf(out + at, sizeof out - at, "%s%s%s%s", i ? "|" : "", tokens[i].text,
			tokens[i].cleaned ? "'" : "", tokens[i].accented ? "^" : "");
	return out;
}

#define assert_tokens(text, expected) assert_string_equal(tokens_of(text, sizeof text - 1), expected)

static void folds_case_accents_and_letters_of_the_country(void **state)
{
	(void)state;
	assert_tokens("Ténenkou BAFOULABÉ", "tenenkou^|bafoulabe^");
	assert_tokens("te\xcc\x81nenkou", "tenenkou^"); // combining, as some phones send it
	assert_tokens("mɔgɔfaga sira tigɛ Ɲɛ", "mogofaga^|sira|tige^|ne^");
	assert_tokens("ɓ ɗ ŋ ƴ Ɗ", "b^|d^|n^|y^|d^");
	assert_tokens("ẽ ḍ ṭ ẓ ṣ ɣ ǝ", "e^|d^|t^|z^|s^|g^|e^");
}

static void every_sign_separates(void **state)
{
	(void)state;
	assert_tokens("A3#12H*55/1,2.3-4\n5;6:7+8(9)", "a3|12h|55|1|2|3|4|5|6|7|8|9");
	assert_tokens("“A3”—’12H’ «55»…", "a3|12h|55");
	assert_tokens("A3\xc2\xa0"
		      "12H\xe2\x80\xaf"
		      "55",
		"a3|12h|55"); // no-break spaces
	assert_tokens("", "");
	assert_tokens(" \n#", "");
}

static void digits_of_every_script_are_digits(void **state)
{
	(void)state;
	assert_tokens("٠١٢٣٤٥٦٧٨٩", "0123456789'");
	assert_tokens("۰۱۲۳۴۵۶۷۸۹", "0123456789'");
	assert_tokens("߀߁߂߃߄߅߆߇߈߉", "0123456789'");
	assert_tokens("𞥐𞥑𞥒𞥓𞥔𞥕𞥖𞥗𞥘𞥙", "0123456789'");
	assert_tokens("Ａ３　１２Ｈ", "a3'|12h'");
}

static void invisible_signs_are_dropped_and_marked(void **state)
{
	(void)state;
	assert_tokens("A\xe2\x80\x8b"
		      "3 1\xe2\x80\x8d"
		      "2\xc2\xadH 5\xef\xbb\xbf"
		      "5",
		"a3'|12h'|55'");
	assert_tokens("\xe2\x80\xaa\xe2\x81\xa6"
		      "A3\xe2\x81\xa9",
		"a3'");
}

static void letters_without_a_fold_stay_in_their_word(void **state)
{
	(void)state;
	assert_tokens("سلام ߒߞߏ 𞤀𞤁 ⵣ", "????|???|??|?");
	assert_tokens("АЗ łódź", "??|?odz^"); // Cyrillic that looks like A3 is not A3
}

static void broken_utf8_separates(void **state)
{
	(void)state;
	assert_tokens("A\xff"
		      "3",
		"a|3");
	assert_tokens("A3\xc3", "a3");
	assert_tokens("A3\xe2\x80", "a3");
	assert_tokens("\xc1\x81\xe0\x81\x81", "");         // "A", longer than need be
	assert_tokens("\xed\xa0\x80\xf4\x90\x80\x80", ""); // a surrogate, past the end
	assert_tokens("A\0"
		      "3",
		"a|3");
}

static void spans_are_octets_of_the_original(void **state)
{
	(void)state;
	struct token t[4];
	const char text[] = " Té٣ 55";
	assert_int_equal(text_tokens(text, sizeof text - 1, t, 4), 2);
	assert_int_equal(t[0].from, 1);
	assert_int_equal(t[0].to, 6);
	assert_int_equal(t[1].from, 7);
	assert_int_equal(t[1].to, 9);
}

static void long_runs_are_cut_and_said_to_be(void **state)
{
	(void)state;
	char text[2000];
	struct token t[3];
	memset(text, 'a', sizeof text);
	assert_int_equal(text_tokens(text, TOKEN_SIZE - 1, t, 3), 1);
	assert_false(t[0].overlong);
	assert_int_equal(text_tokens(text, sizeof text, t, 3), 1);
	assert_true(t[0].overlong);
	assert_int_equal(strlen(t[0].text), TOKEN_SIZE - 1);
	assert_int_equal(t[0].to, sizeof text);
	for (size_t i = 1; i < sizeof text; i += 2)
		text[i] = ' ';
	assert_int_equal(text_tokens(text, sizeof text, t, 3), 3);
}

static void folds_words_of_a_sheet_to_one(void **state)
{
	(void)state;
	char out[TOKEN_SIZE];
	text_fold("Gourma-Rharous", out);
	assert_string_equal(out, "gourmarharous");
	text_fold("n'a  pas été", out);
	assert_string_equal(out, "napasete");
	text_fold("aaaaaaaaaaaaaaaaaaaa bbbbbbbbbbbbbbbbbbbb cccccccccccccccccccc", out);
	assert_true(strlen(out) < TOKEN_SIZE);
	text_fold("", out);
	assert_string_equal(out, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(folds_case_accents_and_letters_of_the_country),
		cmocka_unit_test(every_sign_separates),
		cmocka_unit_test(digits_of_every_script_are_digits),
		cmocka_unit_test(invisible_signs_are_dropped_and_marked),
		cmocka_unit_test(letters_without_a_fold_stay_in_their_word),
		cmocka_unit_test(broken_utf8_separates),
		cmocka_unit_test(spans_are_octets_of_the_original),
		cmocka_unit_test(long_runs_are_cut_and_said_to_be),
		cmocka_unit_test(folds_words_of_a_sheet_to_one),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
