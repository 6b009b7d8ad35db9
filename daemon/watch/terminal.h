/*
 * A terminal that shows one view, redrawn in place. ANSI (ECMA-48) sequences that every terminal emulator of
 * the last decades knows; the shell's screen comes back when it is left.
 */
#ifndef POSED_DAEMON_WATCH_TERMINAL_H
#define POSED_DAEMON_WATCH_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>
#include <termios.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    struct termios before; /* of standard input */
    bool keys;             /* standard input is a terminal too: single keys can be read */
} terminal;

/* Standard output is a terminal that understands. */
bool terminal_there(void);

/* Takes the screen and the keys over, and gives them back as they were. */
void terminal_enter(terminal *t);
void terminal_leave(terminal *t);

/* A key that was pressed; 0: none. Does not block. */
char terminal_key(const terminal *t);

/* Draws `text`, lines that end in line feeds, over what was there: lines are cut at the right edge, and those
 * that do not fit are left out; the last line on the screen then says so. */
void terminal_draw(const char *text, size_t size);

#ifdef __cplusplus
}
#endif
#endif
