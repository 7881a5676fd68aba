// SPDX-License-Identifier: GPL-2.0-or-later
// tama-modemsim: a GSM 07.05 modem on a pty, for tests, drills and the demo.
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "gateway/base/cleanup.h"
#include "gateway/sim/sim.h"

static const char help[] =
	"tama-modemsim --link PATH [options]     a GSM modem on a pty, named by the symbolic link PATH\n"
	"  --control SOCK     a Unix socket to send texts and faults by (JSON lines)\n"
	"  --slots N          places in the SIM, 1 to 255 (30)\n"
	"  --latency-ms N     time to answer a command (0)\n"
	"  --cmgd-flags       AT+CMGD takes a delete flag\n"
	"  --pin NNNN         the SIM asks for this PIN\n"
	"  --number +N        its own: the network delivers what it sends there (none)\n"
	"  --echo on|off      at the start (on)\n"
	"tama-modemsim send --control SOCK FROM TEXT    sends a text to the modem\n"
	"tama-modemsim pdu|call|load|fault|sent|stats|reset-stats|quit --control SOCK …\n";

static void hear_signal(void *ctx, int fd, short revents)
{
	struct sim *s = ctx;
	struct signalfd_siginfo info;
	(void)revents;
	if (read(fd, &info, sizeof info) == sizeof info)
		loop_stop(s->loop);
}

static int usage(const char *why)
{
	fprintf(stderr, "tama-modemsim: %s\n%s", why, help);
	return 2;
}

static int read_options(struct sim *s, int argc, char **argv)
{
	static const struct option options[] = {{"link", 1, 0, 'l'}, {"control", 1, 0, 'c'}, {"slots", 1, 0, 's'},
		{"latency-ms", 1, 0, 't'}, {"cmgd-flags", 0, 0, 'f'}, {"pin", 1, 0, 'p'}, {"echo", 1, 0, 'e'}, {"number", 1, 0, 'n'},
		{"help", 0, 0, 'h'}, {0}};
	int o;
	while ((o = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (o == 'l')
			s->link = optarg;
		else if (o == 'c')
			s->control_path = optarg;
		else if (o == 's')
			s->slot_count = atoi(optarg);
		else if (o == 't')
			s->latency_ms = atoi(optarg);
		else if (o == 'f')
			s->delete_flags = true;
		else if (o == 'p')
			snprintf(s->pin, sizeof s->pin, "%s", optarg);
		else if (o == 'n')
			snprintf(s->number, sizeof s->number, "%s", optarg);
		else if (o == 'e')
			s->echo = strcmp(optarg, "off") != 0;
		else if (o == 'h')
			return fputs(help, stdout) < 0;
		else
			return usage("unknown option");
	}
	if (!s->link || optind != argc)
		return usage("--link PATH is needed");
	if (s->slot_count < 1 || s->slot_count > SIM_SLOTS_MAX || s->latency_ms < 0)
		return usage("--slots takes 1 to 255, --latency-ms 0 or more");
	return -1;
}

static enum error start(struct sim *s)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	enum error e = loop_create(&s->loop);
	if (e == OK)
		e = loop_watch(s->loop, signalfd(-1, &set, SFD_CLOEXEC), POLLIN, hear_signal, s);
	if (e == OK && s->control_path)
		e = sim_control_open(s);
	return e == OK ? sim_pty_open(s) : e;
}

int main(int argc, char **argv)
{
	static struct sim s = {.slot_count = 30, .echo = true, .dead = true, .registered = 1, .signal = 21, .smsc = "+22310000000"};
	if (argc > 1 && argv[1][0] != '-')
		return sim_client(argc, argv);
	int status = read_options(&s, argc, argv);
	if (status >= 0)
		return status;
	s.pin_entered = !*s.pin;
	s.sent = json_array();
	s.by_command = json_object();
	enum error e = start(&s);
	if (e != OK) {
		fprintf(stderr, "tama-modemsim: %s or %s: %m\n", s.link, s.control_path ? s.control_path : "-");
		return 3;
	}
	loop_run(s.loop);
	sim_pty_close(&s);
	if (s.control_path)
		unlink(s.control_path);
	loop_destroy(s.loop);
	json_decref(s.sent);
	json_decref(s.by_command);
	free(s.waiting);
	free(s.out.data);
	free(s.unsolicited.data);
	free(s.input.data);
	return 0;
}
