/*
 * What can be asked of finished campaigns: posed campaign table, posed campaign diff.
 */
#ifndef POSED_DAEMON_CAMPAIGN_CAMPAIGN_WORDS_H
#define POSED_DAEMON_CAMPAIGN_CAMPAIGN_WORDS_H

#include "campaign/summary.h"

#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

/* argv[0] is the word itself, "table" or "diff"; --help is among the options. Exit codes of command.h; diff:
 * 1 too when something is significantly worse. */
int campaign_table_main(int argc, char **argv);
int campaign_diff_main(int argc, char **argv);

/* The tables of a summary; `by` SUMMARY_BY_COUNT: all groups. False when memory was short. */
bool campaign_table_print(const campaign_summary *s, summary_by by, bool markdown, FILE *out);
/* All of it as one JSON object and a line feed. */
void campaign_table_print_json(const campaign_summary *s, FILE *out);

/* The kind of group that a word of the command line means. False with `e` set: it is none. */
bool campaign_take_by(const char *text, summary_by *by, error *e);

/* Waits for what was printed. False with a message when it did not arrive. */
bool campaign_flush(const char *who);

#ifdef __cplusplus
}
#endif
#endif
