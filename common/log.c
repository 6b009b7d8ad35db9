#include "common/log.h"

#include "common/clock.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { LINE_SIZE = 768 };

/* `length` as snprintf gave it; the line's text begins at `line`, with room for a newline. */
static void write_line(char line[LINE_SIZE], size_t length)
{
    if (length > LINE_SIZE - 2)
        length = LINE_SIZE - 2;
    for (size_t i = 0; i < length; i++) {
        if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
            line[i] = '?';
    }
    line[length] = '\n';
    ssize_t written = write(STDERR_FILENO, line, length + 1);
    (void)written; /* there is nobody to tell */
}

__attribute__((format(printf, 3, 0))) static void say(log_level level, uint64_t kept_back, const char *format,
                                                      va_list args)
{
    char line[LINE_SIZE];
    int at = getenv("JOURNAL_STREAM") ? snprintf(line, sizeof line, "<%d>", (int)level)
                                      : snprintf(line, sizeof line, "posed: ");
    int more = vsnprintf(line + at, sizeof line - (size_t)at, format, args);
    if (more < 0)
        return;
    at += more;
    if (kept_back > 0 && at < LINE_SIZE)
        at += snprintf(line + at, sizeof line - (size_t)at, " (%llu more)", (unsigned long long)kept_back);
    write_line(line, (size_t)at);
}

void log_say(log_level level, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say(level, 0, format, args);
    va_end(args);
}

void log_say_limited(log_limit *limit, double period_s, log_level level, const char *format, ...)
{
    int64_t now_ns = monotonic_ns();
    if (now_ns < limit->next_ns) {
        limit->kept_back++;
        return;
    }
    va_list args;
    va_start(args, format);
    say(level, limit->kept_back, format, args);
    va_end(args);
    *limit = (log_limit){.next_ns = now_ns + (int64_t)(period_s * 1e9)};
}
