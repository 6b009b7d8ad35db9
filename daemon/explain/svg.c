#include "daemon/explain/svg.h"

#include "daemon/printable.h"

#include <math.h>
#include <string.h>

/* Ink, soft ink, lines: report/page/theme.js. */
#define INK "#1b1f24"
#define SOFT "#59636e"
#define LINE "#c9d0d7"
#define GRID "#edf0f3"

/* Text in markup: any bytes. */
static void put_text(FILE *out, const char *text)
{
    char clean[256];
    printable_copy(text, strlen(text), clean, sizeof clean);
    for (const char *p = clean; *p; p++) {
        if (*p == '<')
            fputs("&lt;", out);
        else if (*p == '>')
            fputs("&gt;", out);
        else if (*p == '&')
            fputs("&amp;", out);
        else
            putc(*p, out);
    }
}

static void put_label(svg *s, double x, double y, const char *anchor, int size, const char *colour,
                      const char *text)
{
    fprintf(s->out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" font-size=\"%d\" fill=\"%s\">", x, y,
            anchor, size, colour);
    put_text(s->out, text);
    fputs("</text>\n", s->out);
}

static double x_of(const svg *s, double time_s)
{
    double share = (time_s - s->from_s) / (s->to_s - s->from_s);
    return SVG_LEFT + fmin(fmax(share, 0), 1) * (SVG_WIDTH - SVG_LEFT - SVG_RIGHT);
}

static double y_of(const svg *s, double value)
{
    double share = s->logarithmic ? log(fmax(value, s->low) / s->low) / log(s->high / s->low)
                                  : (value - s->low) / (s->high - s->low);
    return s->top + s->height * (1 - fmin(fmax(share, 0), 1));
}

void svg_begin(svg *s, double height, const char *title)
{
    fprintf(s->out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %.0f\" width=\"%d\" height=\"%.0f\" "
            "font-family=\"sans-serif\">\n<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n",
            SVG_WIDTH, height, SVG_WIDTH, height);
    put_label(s, 16, 26, "start", 17, INK, title);
}

void svg_end(svg *s)
{
    fputs("</svg>\n", s->out);
}

void svg_moment(svg *s, double time_s, double top, double bottom)
{
    fprintf(s->out, "<path d=\"M%.1f,%.1fV%.1f\" stroke=\"" INK "\" stroke-dasharray=\"2 3\"/>\n",
            x_of(s, time_s), top, bottom);
}

void svg_panel(svg *s, double top, double height, const char *title)
{
    s->top = top;
    s->height = height;
    fprintf(s->out,
            "<rect x=\"%d\" y=\"%.1f\" width=\"%d\" height=\"%.1f\" fill=\"none\" stroke=\"" LINE "\"/>\n",
            SVG_LEFT, top, SVG_WIDTH - SVG_LEFT - SVG_RIGHT, height);
    put_label(s, 16, top - 8, "start", 13, INK, title);
}

/* 1, 2 or 5 times a power of ten: some five steps. */
static double step_of(double range)
{
    double power = pow(10, floor(log10(range / 5)));
    double share = range / 5 / power;
    return power * (share < 1.5 ? 1 : share < 3.5 ? 2 : share < 7.5 ? 5 : 10);
}

static void put_tick(svg *s, double value, const char *unit)
{
    char text[48];
    double y = y_of(s, value);
    fprintf(s->out, "<path d=\"M%d,%.1fH%d\" stroke=\"" GRID "\"/>\n", SVG_LEFT, y, SVG_WIDTH - SVG_RIGHT);
    snprintf(text, sizeof text, "%.4g%s", value, unit);
    put_label(s, SVG_LEFT - 6, y + 4, "end", 11, SOFT, text);
}

/* Values are 0 or more. */
void svg_scale(svg *s, double low, double high, bool logarithmic, const char *unit)
{
    s->low = low;
    s->high = high;
    s->logarithmic = logarithmic;
    double step = step_of(high - low);
    if (logarithmic) {
        for (double value = pow(10, ceil(log10(low) - 1e-9)); value <= high * (1 + 1e-9); value *= 10)
            put_tick(s, value, unit);
    } else {
        for (double k = fmax(ceil(low / step - 1e-9), 0); k * step <= high * (1 + 1e-9); k++)
            put_tick(s, k * step, unit);
    }
}

void svg_line(svg *s, const svg_point *points, size_t count, double gap_s, const char *colour,
              const char *dash)
{
    bool open = false;
    double last_s = NAN;
    for (size_t i = 0; i < count; i++) {
        bool good = isfinite(points[i].value) && points[i].time_s >= s->from_s && points[i].time_s <= s->to_s;
        bool joins = open && good && points[i].time_s - last_s <= gap_s;
        if (open && !joins)
            fprintf(s->out, "\" fill=\"none\" stroke=\"%s\" stroke-width=\"1.6\" stroke-dasharray=\"%s\"/>\n",
                    colour, dash);
        if (good && !joins)
            fputs("<polyline points=\"", s->out);
        if (good)
            fprintf(s->out, "%.1f,%.1f ", x_of(s, points[i].time_s), y_of(s, points[i].value));
        open = good;
        last_s = points[i].time_s;
    }
    if (open)
        fprintf(s->out, "\" fill=\"none\" stroke=\"%s\" stroke-width=\"1.6\" stroke-dasharray=\"%s\"/>\n",
                colour, dash);
}

void svg_dots(svg *s, const svg_point *points, size_t count, const char *colour)
{
    for (size_t i = 0; i < count; i++) {
        if (isfinite(points[i].value) && points[i].time_s >= s->from_s && points[i].time_s <= s->to_s)
            fprintf(s->out, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"2\" fill=\"%s\"/>\n",
                    x_of(s, points[i].time_s), y_of(s, points[i].value), colour);
    }
}

void svg_row_label(svg *s, double y, const char *text)
{
    put_label(s, SVG_LEFT - 6, y, "end", 11, INK, text);
}

void svg_bar(svg *s, double y, double height, double from_s, double to_s, const char *colour)
{
    double left = x_of(s, from_s), right = x_of(s, to_s);
    if (to_s < s->from_s || from_s > s->to_s)
        return;
    fprintf(s->out, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"%s\"/>\n", left, y,
            fmax(right - left, 1), height, colour);
}

double svg_key(svg *s, double at, const char *colour, const char *dash, const char *text)
{
    fprintf(s->out, "<path d=\"M%.1f,%.1fh22\" stroke=\"%s\" stroke-width=\"2\" stroke-dasharray=\"%s\"/>\n",
            at, s->top - 12, colour, dash);
    put_label(s, at + 27, s->top - 8, "start", 11, SOFT, text);
    return at + 45 + 6.2 * (double)strlen(text);
}

void svg_axis(svg *s, double y)
{
    double step = step_of(s->to_s - s->from_s);
    for (double time_s = ceil(s->from_s / step - 1e-9) * step; time_s <= s->to_s + 1e-9 * step;
         time_s += step) {
        char text[32];
        snprintf(text, sizeof text, "%.4g s", time_s);
        fprintf(s->out, "<path d=\"M%.1f,%.1fv5\" stroke=\"" SOFT "\"/>\n", x_of(s, time_s), y);
        put_label(s, x_of(s, time_s), y + 18, "middle", 11, SOFT, text);
    }
}
