// SPDX-License-Identifier: GPL-2.0-or-later
#include "rules/grade.h"

char grade_source(unsigned confirmed, unsigned wrong)
{
	static const struct {
		unsigned confirmed, percent;
		char grade;
	} rows[] = {{12, 90, 'A'}, {6, 75, 'B'}, {0, 60, 'C'}, {0, 30, 'D'}, {0, 0, 'E'}};
	unsigned judged = confirmed + wrong;
	for (unsigned i = 0; judged >= GRADE_JUDGED_MIN && i < sizeof rows / sizeof rows[0]; i++)
		if (confirmed >= rows[i].confirmed && confirmed * 100 >= rows[i].percent * judged)
			return rows[i].grade;
	return 'F';
}

char grade_information(int reporters, enum grade_verdict verdict)
{
	if (verdict != GRADE_OPEN)
		return verdict == GRADE_CONFIRMED ? '1' : '5';
	return reporters >= 3 ? '2' : reporters == 2 ? '3' : '6';
}
