// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// The Admiralty code: how far a source was right before (A to F), how sure its information is (1 to 6). Used by triage
// and by officers' programs.

#define GRADE_JUDGED_MIN 3 // fewer say nothing

// From the incidents of a reporter that officers found true or false:
//   fewer than 3           F  cannot be judged
//   9 in 10 true, 12 true  A  completely reliable
//   3 in 4 true, 6 true    B  usually
//   3 in 5 true            C  fairly
//   3 in 10 true           D  not usually
//   less                   E  unreliable
// Nobody gets an A by a few true small things before the one that is false, and no false report makes a better letter.
char grade_source(unsigned confirmed, unsigned wrong);

// 1 an officer confirmed it, 5 an officer found it false; else by the distinct persons who say so: 2 three and more,
// 3 two, 6 one, which cannot be judged.
enum grade_verdict { GRADE_OPEN, GRADE_CONFIRMED, GRADE_FALSE };
char grade_information(int reporters, enum grade_verdict verdict);
