/*
 * `posed campaign run`: one run of a campaign once more, with its drive as a file.
 */
#ifndef POSED_DAEMON_CAMPAIGN_CAMPAIGN_AGAIN_H
#define POSED_DAEMON_CAMPAIGN_CAMPAIGN_AGAIN_H

#include "campaign/plan.h"
#include "common/error.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Reads a plan. Problems are printed to stderr, all of them; NULL then, with `e` set. */
campaign_plan *campaign_load_plan(const char *path, error *e);

/* argv[0] is "run"; returns an exit code. */
int campaign_again_main(int argc, char **argv);

#ifdef __cplusplus
}
#endif
#endif
