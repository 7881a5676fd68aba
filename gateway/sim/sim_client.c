// SPDX-License-Identifier: GPL-2.0-or-later
// `tama-modemsim send|pdu|call|load|sent|stats|reset-stats|fault|quit --control SOCK …`: the control socket by hand.
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "gateway/base/cleanup.h"
#include "gateway/sim/sim.h"

struct line {
	FILE *in, *out;
};

// Sends one request, prints what came back when it is more than "ok"; 0, or 2 with the reason on stderr.
static int ask(struct line *l, json_t *request, bool show)
{
	char answer[262144];
	char *text = json_dumps(request, JSON_COMPACT);
	json_decref(request);
	fprintf(l->out, "%s\n", text);
	free(text);
	if (fflush(l->out) != 0 || !fgets(answer, sizeof answer, l->in)) {
		fputs("tama-modemsim: the simulator is gone\n", stderr);
		return 3;
	}
	json_t *result = json_loads(answer, 0, NULL);
	const char *why = json_string_value(json_object_get(result, "error"));
	if (why)
		fprintf(stderr, "tama-modemsim: %s\n", why);
	else if (show)
		fputs(answer, stdout);
	int status = why || !result ? 2 : 0;
	json_decref(result);
	return status;
}

static int load(struct line *l, const char *path)
{
	cleanup_file FILE *f = strcmp(path, "-") ? fopen(path, "re") : stdin;
	char line[4096];
	int status = 0;
	if (!f) {
		fprintf(stderr, "tama-modemsim: %s: %m\n", path);
		return 2;
	}
	for (int n = 1; status == 0 && fgets(line, sizeof line, f); n++) {
		char *tab = strchr(line, '\t');
		line[strcspn(line, "\n")] = 0;
		if (!tab) {
			fprintf(stderr, "%s:%d: expected SENDER<TAB>TEXT\n", path, n);
			return 2;
		}
		*tab = 0;
		status = ask(l, json_pack("{s:s, s:s, s:s}", "op", "text", "from", line, "text", tab + 1), false);
	}
	return status;
}

static int dispatch(struct line *l, const char *op, int argc, char **argv)
{
	if (!strcmp(op, "send") && argc == 2)
		return ask(l, json_pack("{s:s, s:s, s:s}", "op", "text", "from", argv[0], "text", argv[1]), false);
	if (!strcmp(op, "pdu") && argc == 1)
		return ask(l, json_pack("{s:s, s:s}", "op", "pdu", "hex", argv[0]), false);
	if (!strcmp(op, "call") && argc == 1)
		return ask(l, json_pack("{s:s, s:s}", "op", "call", "from", argv[0]), false);
	if (!strcmp(op, "load") && argc == 1)
		return load(l, argv[0]);
	if (!strcmp(op, "fault") && (argc == 1 || argc == 2))
		return ask(l, json_pack("{s:s, s:s, s:i}", "op", "fault", "name", argv[0], "count",
				      argc == 2 ? atoi(argv[1]) : 1), false);
	if (argc == 0 && (!strcmp(op, "sent") || !strcmp(op, "stats")))
		return ask(l, json_pack("{s:s}", "op", op), true);
	if (argc == 0 && (!strcmp(op, "quit") || !strcmp(op, "reset-stats")))
		return ask(l, json_pack("{s:s}", "op", op), false);
	fputs("usage: tama-modemsim send --control SOCK FROM TEXT | pdu … HEX | call … FROM | load … FILE\n"
	      "       | fault … NAME [COUNT] | sent … | stats … | reset-stats … | quit …\n", stderr);
	return 2;
}

int sim_client(int argc, char **argv)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	if (argc < 4 || strcmp(argv[2], "--control") || strlen(argv[3]) >= sizeof a.sun_path)
		return dispatch(NULL, "", 0, NULL);
	memcpy(a.sun_path, argv[3], strlen(argv[3]));
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof a) != 0) {
		fprintf(stderr, "tama-modemsim: %s: %m; is the simulator running with --control?\n", argv[3]);
		return 3;
	}
	cleanup_file FILE *in = fdopen(fd, "r"), *out = fdopen(dup(fd), "w");
	struct line l = {in, out};
	return dispatch(&l, argv[1], argc - 4, argv + 4);
}
