// SPDX-License-Identifier: GPL-2.0-or-later
// The whole text as spans: whoever looks at it sees what each sign was taken for, and that none was dropped.
#include "rules/parse_state.h"

const char *span_kind_name(enum span_kind k)
{
	static const char *const names[SPAN_KINDS] = {"free text", "code", "qualifier", "mended", "unknown"};
	return names[k];
}

static void add_span(struct reading_set *out, size_t to, enum span_kind kind)
{
	size_t from = out->span_count ? out->spans[out->span_count - 1].to : 0;
	if (to == from)
		return;
	if (out->span_count && out->spans[out->span_count - 1].kind == kind)
		out->span_count--;
	out->spans[out->span_count++] = (struct span){(uint32_t)to, kind};
}

void parse_make_spans(struct parse *p, size_t tokens, size_t size)
{
	for (size_t i = 0; i < tokens; i++) {
		add_span(p->out, p->tokens[i].from, p->joined[i] ? (enum span_kind)p->kinds[i] : SPAN_FREE);
		add_span(p->out, p->tokens[i].to, (enum span_kind)p->kinds[i]);
	}
	add_span(p->out, size, SPAN_FREE);
}
