/*
 * Numbers as options of the command line.
 */
#ifndef POSED_DAEMON_OPTION_NUMBER_H
#define POSED_DAEMON_OPTION_NUMBER_H

#include "common/error.h"

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Takes a whole number from `least` to `most`. False with `e` set, which names the option: the text is none.
 */
bool option_whole_number(const char *option, const char *text, uint64_t least, uint64_t most, uint64_t *out,
                         error *e);

#ifdef __cplusplus
}
#endif
#endif
