// SPDX-License-Identifier: GPL-2.0-or-later
// The Admiralty letters and digits, at each of their borders.
#include "rules/grade.h"
#include "tests/unit/rules/fixture.h"

static void a_source_is_what_it_was_found_to_be(void **state)
{
	static const struct {
		unsigned confirmed, wrong;
		char grade;
	} rows[] = {
		{0, 0, 'F'}, {2, 0, 'F'}, {1, 1, 'F'}, {0, 2, 'F'}, // too few
		{3, 0, 'C'}, {5, 0, 'C'}, {3, 2, 'C'}, {2, 1, 'C'},
		{6, 0, 'B'}, {11, 0, 'B'}, {9, 3, 'B'}, {6, 2, 'B'},
		{12, 0, 'A'}, {18, 2, 'A'}, {11, 1, 'B'}, {12, 1, 'A'}, {17, 2, 'B'},
		{5, 2, 'C'}, {5, 1, 'C'}, {6, 1, 'B'}, {1, 2, 'D'}, {2, 2, 'D'}, {59, 41, 'D'}, {3, 7, 'D'},
		{0, 3, 'E'}, {2, 5, 'E'}, {29, 71, 'E'}, {0, 1000, 'E'},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		assert_int_equal(grade_source(rows[i].confirmed, rows[i].wrong), rows[i].grade);
}

static void one_more_false_report_never_makes_a_better_source(void **state)
{
	(void)state;
	for (unsigned confirmed = 0; confirmed < 60; confirmed++)
		for (unsigned wrong = 0; wrong < 60; wrong++) {
			char before = grade_source(confirmed, wrong), after = grade_source(confirmed, wrong + 1);
			assert_true(before == 'F' || (after >= before && grade_source(confirmed + 1, wrong) <= before));
		}
}

static void information_is_as_sure_as_its_witnesses_until_an_officer_knows(void **state)
{
	(void)state;
	assert_int_equal(grade_information(1, GRADE_OPEN), '6');
	assert_int_equal(grade_information(2, GRADE_OPEN), '3');
	assert_int_equal(grade_information(3, GRADE_OPEN), '2');
	assert_int_equal(grade_information(40, GRADE_OPEN), '2');
	assert_int_equal(grade_information(1, GRADE_CONFIRMED), '1');
	assert_int_equal(grade_information(40, GRADE_FALSE), '5');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_source_is_what_it_was_found_to_be),
		cmocka_unit_test(one_more_false_report_never_makes_a_better_source),
		cmocka_unit_test(information_is_as_sure_as_its_witnesses_until_an_officer_knows),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
