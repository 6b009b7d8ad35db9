#include "daemon/watch/terminal.h"

#include "daemon/printable.h"
#include "common/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

bool terminal_there(void)
{
    const char *term = getenv("TERM");
    return isatty(STDOUT_FILENO) && term && *term && strcmp(term, "dumb") != 0;
}

static void say(const char *sequence)
{
    fputs(sequence, stdout);
    fflush(stdout);
}

void terminal_enter(terminal *t)
{
    t->keys = isatty(STDIN_FILENO) && tcgetattr(STDIN_FILENO, &t->before) == 0;
    if (t->keys) {
        struct termios raw = t->before;
        raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
        raw.c_cc[VMIN] = 0;
        raw.c_cc[VTIME] = 0;
        tcsetattr(STDIN_FILENO, TCSANOW, &raw);
    }
    say("\033[?1049h\033[?25l"); /* the other screen, without a cursor */
}

void terminal_leave(terminal *t)
{
    say("\033[?25h\033[?1049l");
    if (t->keys)
        tcsetattr(STDIN_FILENO, TCSANOW, &t->before);
}

char terminal_key(const terminal *t)
{
    char key;
    return t->keys && read(STDIN_FILENO, &key, 1) == 1 ? key : 0;
}

/* Where the size is not known, what it was on the terminals that these sequences come from. */
static void find_size(size_t *columns, size_t *rows)
{
    struct winsize w;
    *columns = 80;
    *rows = 24;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col > 0 && w.ws_row > 0) {
        *columns = w.ws_col;
        *rows = w.ws_row;
    }
}

/* The bytes of a line that show as at most `columns` characters. Sequences "ESC [ ... letter" show as none.
 */
static size_t visible_part(const char *line, size_t size, size_t columns)
{
    size_t at = 0;
    while (at < size) {
        if (line[at] == '\033') {
            at += strcspn(line + at, "m");
            at += at < size;
            continue;
        }
        if (columns-- == 0)
            return at;
        size_t length = utf8_length(line + at, size - at);
        at += length > 0 ? length : 1;
    }
    return size;
}

static size_t count_lines(const char *text, size_t size)
{
    size_t lines = 0;
    for (const char *end; (end = memchr(text, '\n', size)); lines++) {
        size -= (size_t)(end + 1 - text);
        text = end + 1;
    }
    return lines;
}

/* A line is wiped before it is written: behind its last column some terminals wipe that column. */
static void put_lines(FILE *out, const char *text, size_t size)
{
    size_t columns, rows;
    find_size(&columns, &rows);
    size_t lines = count_lines(text, size), shown = lines <= rows ? lines : rows - 1;
    fputs("\033[H", out);
    for (size_t i = 0; i < shown; i++) {
        size_t length = strcspn(text, "\n");
        fputs("\033[2K", out);
        fwrite(text, 1, visible_part(text, length, columns), out);
        fputs(i + 1 < rows ? "\033[0m\n" : "\033[0m", out);
        text += length + 1;
    }
    if (shown < lines)
        fprintf(out, "\033[2K(%zu more lines)", lines - shown);
    else if (shown < rows)
        fputs("\033[J", out);
}

/* In one piece, so that no half of it is ever seen. */
void terminal_draw(const char *text, size_t size)
{
    char *drawn = NULL;
    size_t drawn_size = 0;
    FILE *out = open_memstream(&drawn, &drawn_size);
    if (!out)
        return;
    put_lines(out, text, size);
    if (fclose(out) == 0) {
        fwrite(drawn, 1, drawn_size, stdout);
        fflush(stdout);
    }
    free(drawn);
}
