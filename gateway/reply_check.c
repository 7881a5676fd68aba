// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/reply_check.h"

#include "gateway/pdu/pdu.h"

enum error reply_check(const struct rules *r, struct problems *problems)
{
	const struct rule_reply *list;
	size_t n = rules_replies(r, &list);
	enum error e = OK;
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < LANGUAGES_MAX; k++) {
			if (!*list[i].text[k] || pdu_parts(list[i].text[k]) <= 1)
				continue;
			problem_add(problems, rules_file(r), list[i].line[k], false,
				"reply \"%s\" is more than one SMS: expected 160 letters of the GSM alphabet, or 70 where one is not in it",
				list[i].name);
			e = ERROR_ARGUMENT;
		}
	return e;
}
