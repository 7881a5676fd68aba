// SPDX-License-Identifier: GPL-2.0-or-later
// `tama`: one program, a table of sub-commands.
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "gateway/base/cleanup.h"
#include "gateway/cli.h"

static const struct command commands[] = {
	{"init", "DIR [--passphrase-file F] [--officer NAME --password-file F] [--custodians t/n] [--modem DEVICE] [--demo]",
		"Makes a new station in DIR: keys, configuration, code sheet, rules, queue.", cmd_init},
	{"run", "-c FILE [--wait]", "Runs the station in the foreground; SIGTERM ends it, SIGHUP reloads sheet and rules.",
		cmd_run},
	{"unlock", "[--passphrase-file F]", "Opens the station: what waits in the spool is decoded, in order.", cmd_unlock},
	{"lock", "", "Wipes every key from memory; texts go on being received and sealed.", cmd_lock},
	{"status", "[--metrics]", "Shows what is wrong and what to do, processes, modems, what was received and what waits.", cmd_status},
	{"queue", "list|show|ack|assign|note|verify|respond|reply|refer|close|watch [ID …] [--as NAME --password-file F]",
		"The alerts: reads with the officer's key, acts with the officer's signature.", cmd_queue},
	{"sheet", "check|decode TEXT|print [FILE] [--place CODE|--all] [--language L] [--cover] [--output FILE] | "
		  "propose|approve|reject|rollback|show|log",
		"The code sheet: checks it, shows how a text is read, prints paper cards; two people put it into force.", cmd_sheet},
	{"rules", "check|test|replay|propose|approve|reject|rollback|show|log",
		"The rules: checks them, shows what a text would meet and what they would change; two people put them into force.",
		cmd_rules},
	{"user", "list|add|grant|revoke|passwd [NAME [QUEUE]] --as NAME",
		"Officers and custodians: who may read which queue, who guards identities.", cmd_user},
	{"reveal", "request ALERT --reason TEXT | open REVEAL APPROVAL …",
		"Asks the custodians for one sender's number, and opens it once with their approvals.", cmd_reveal},
	{"custodian", "keygen NAME | show REQUEST | approve REQUEST --key FILE",
		"The custodian's own tool: needs no station.", cmd_custodian},
	{"audit", "verify|head|show", "The chain of what was done: proves that it is whole, shows it.", cmd_audit},
	{"key", "rotate station|log|pseudonym | clock", "New keys; or says that a doubted clock is right.", cmd_key},
	{"seize", "[--button DEVICE] | codes --as NAME",
		"EMERGENCY: destroys what leads to people and locks. Asks for nothing. Texts go on being received and sealed.",
		cmd_seize},
	{"backup", "FILE", "The station as one file for the custodians, while it runs.", cmd_backup},
	{"restore", "FILE DIR --key CUSTODIAN-KEY", "A station from a backup, with a custodian's key.", cmd_restore},
	{"exposure", "[LOSS] --as NAME", "What a loss would have shown: a laptop, a backup, the station …", cmd_exposure},
	{"export", "cap|geojson|hxl|json [ALERT …] --as NAME | --token-file F [--since TIME] [--open] [--output PATH]",
		"Alerts in the formats of other systems, as an officer may see them or as a section was given them.", cmd_export},
	{"section", "list|add|token|revoke|key [SECTION] [TOKEN] --as NAME",
		"Sections of the mission: tokens for their feeds, and what each has read.", cmd_section},
	{"report", "[--from DAY] [--to DAY] --as NAME",
		"Response rates and delays by area and section, silence, what is there to be lost.", cmd_report},
	{"drill", "start|stop|status|report [ID] --as NAME",
		"Exercises: texts that say they are one, how fast they were acknowledged, which places were silent.", cmd_drill},
	{"reporter", "issue|list|revoke|grade|print [ID|CODE] --as NAME",
		"Reporter codes: given out on paper, graded by what their reports turned out to be.", cmd_reporter},
	{"notify", "test TARGET --as NAME", "Sends a test to one target of tama.conf, and says whether it arrived.", cmd_notify},
	{"help", "[config]", "Shows the commands, or the settings of tama.conf.", cmd_help},
};

int cmd_help(struct cli *cli, int argc, char **argv)
{
	const char *words[1];
	int n = cli_options(cli, argc, argv, NULL, 0, words, 1);
	if (n < 0)
		return EXIT_USAGE;
	if (n == 1 && !strcmp(words[0], "config")) {
		config_help(stdout);
		return EXIT_DONE;
	}
	if (n == 1)
		return cli_usage(cli, "knows the topic \"config\" only; every command has --help");
	printf("tama: the SMS gateway of a community alert network\n\n");
	for (size_t i = 0; i < ARRAY_LENGTH(commands); i++)
		printf("  tama %-9s %s\n", commands[i].name, commands[i].doc);
	printf("\nEvery command has --help. Exit status: 0 done, 1 a check found something, 2 wrong usage or input file,\n"
	       "3 the station cannot now.\n");
	return EXIT_DONE;
}

static int unknown(const char *name)
{
	fprintf(stderr, "tama: unknown command \"%s\"; there are:", name);
	for (size_t i = 0; i < ARRAY_LENGTH(commands); i++)
		fprintf(stderr, " %s", commands[i].name);
	fputc('\n', stderr);
	return EXIT_USAGE;
}

int main(int argc, char **argv)
{
	struct cli cli = {0};
	struct rlimit none = {0, 0};
	int at = 1;
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); // passwords pass through here
	setrlimit(RLIMIT_CORE, &none);
	BUG_IF(sodium_init() < 0);
	for (; at < argc && argv[at][0] == '-'; at++) {
		if (!strcmp(argv[at], "-c") && at + 1 < argc)
			cli.config_path = argv[++at];
		else if (!strcmp(argv[at], "--json"))
			cli.json = true;
		else if (!strcmp(argv[at], "--version"))
			return puts("tama " TAMA_VERSION) < 0;
		else
			break;
	}
	const char *name = at < argc ? argv[at] : "help";
	if (!strcmp(name, "--help") || !strcmp(name, "-h"))
		name = "help";
	for (size_t i = 0; i < ARRAY_LENGTH(commands); i++) {
		if (strcmp(commands[i].name, name) != 0)
			continue;
		cli.command = &commands[i];
		return at < argc && name == argv[at] ? commands[i].run(&cli, argc - at, argv + at) :
						       commands[i].run(&cli, 1, argv);
	}
	return unknown(name);
}
