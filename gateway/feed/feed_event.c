// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/feed/feed_event.h"

#include "rules/sheet_card.h"

static const struct {
	const char *sub_event, *category;
} kinds[PICTOGRAM_END_] = {
	[PICTOGRAM_ATTACK] = {"Attack", "Security"},
	[PICTOGRAM_ATTACK_EXPECTED] = {NULL, "Security"},
	[PICTOGRAM_ARMED_MEN] = {"Change to group/activity", "Security"},
	[PICTOGRAM_KILLED] = {"Attack", "Security"},
	[PICTOGRAM_ABDUCTION] = {"Abduction/forced disappearance", "Security"},
	[PICTOGRAM_ASSAULT] = {"Sexual violence", "Security"},
	[PICTOGRAM_FIRE] = {"Looting/property destruction", "Security"},
	[PICTOGRAM_CATTLE] = {"Looting/property destruction", "Security"},
	[PICTOGRAM_MINE] = {"Remote explosive/landmine/IED", "Security"},
	[PICTOGRAM_ROADBLOCK] = {NULL, "Security"},
	[PICTOGRAM_THREAT] = {NULL, "Security"},
	[PICTOGRAM_CLASH] = {"Armed clash", "Security"},
	[PICTOGRAM_ARREST] = {"Arrests", "Security"},
	[PICTOGRAM_FLEEING] = {NULL, "Safety"},
	[PICTOGRAM_RUMOUR] = {NULL, "Security"},
	[PICTOGRAM_DISARM] = {"Disrupted weapons use", "Security"},
	[PICTOGRAM_SMUGGLING] = {"Armed clash", "Security"},
	[PICTOGRAM_MAST] = {"Looting/property destruction", "Infra"},
	[PICTOGRAM_GUN] = {"Armed clash", "Security"},
	[PICTOGRAM_WOUNDED] = {NULL, "Health"},
	[PICTOGRAM_MOTORBIKES] = {"Change to group/activity", "Security"},
	[PICTOGRAM_HELICOPTER] = {"Air/drone strike", "Security"},
	[PICTOGRAM_WATER] = {NULL, "Infra"},
};

const char *feed_sub_event(const struct event *e)
{
	return e->kind == KIND_ALERT ? kinds[e->pictogram].sub_event : NULL;
}

const char *feed_category(const struct event *e)
{
	const char *category = kinds[e->pictogram].category;
	return category ? category : e->kind == KIND_ALERT ? "Security" : "Other";
}

bool feed_expected(const struct event *e)
{
	return e->pictogram == PICTOGRAM_ATTACK_EXPECTED || e->pictogram == PICTOGRAM_RUMOUR;
}
