/* docs/INJECT.md from the table. */
#include "inject/plan.h"

#include "config/scalar.h"

#include <math.h>
#include <string.h>

static const char head[] =
    "# Faults as data\n"
    "\n"
    "<!-- Generated: posed check-config --inject --reference > docs/INJECT.md -->\n"
    "\n"
    "A fault is a line in YAML: what, on which source or on the map, from when, how strong. The same line "
    "works "
    "on a\n"
    "simulated drive and on a recorded one: `posed replay DRIVE --inject FAULTS.yaml`, `posed simulate`, "
    "`posed campaign`.\n"
    "The library is in `sim/faults/`, one file for each. `posed check-config --inject FILE` says what is "
    "wrong "
    "with a file.\n"
    "\n"
    "```yaml\n"
    "name: gnss_drift\n"
    "about: GNSS is led away by half a metre a second, velocity and all.\n"
    "faults:\n"
    "  - fault: ramp\n"
    "    source: gnss\n"
    "    from_s: 30\n"
    "    for_s: 30\n"
    "    east_mps: 0.5\n"
    "    expect: [SPOOFED, BIASED, JUMP]\n"
    "```\n"
    "\n"
    "- **fault** is one of the kinds below.\n"
    "- **source** is KIND/NAME as in the drive, KIND for all of that kind (also `gnss/*`), a kind of frame "
    "of a "
    "camera\n"
    "  (`landmarks`, `lanes`, `camera_health`), `\"*\"` for every source, or `map`. A drive without such a "
    "source "
    "is refused.\n"
    "- **expect** lists the flags ([FAULTS.md](FAULTS.md)) that name the fault rightly, any of them. It "
    "changes "
    "nothing; a\n"
    "  campaign counts by it.\n"
    "- **elements** lists the ids of the map's elements that a fault of the map is about; all when it is not "
    "given.\n"
    "- Faults act on frames in the order of the file, at most 32 at once. The same seed gives the same "
    "errors; "
    "each fault\n"
    "  draws from numbers of its own.\n"
    "- Time is that of the frames' stamps as the sensors gave them. Before `from_s` nothing is changed.\n"
    "- A fault of the map acts on what the vehicle has of it: the fiducials of the configuration and the map "
    "of `posed\n"
    "  replay --map`, or of a campaign's drive on a map. It is there before the drive begins, so the four "
    "times "
    "below do not\n"
    "  go with it.\n"
    "\n"
    "Every fault has:\n\n";

static void write_unit(FILE *out, const config_key *k)
{
    fputs(strcmp(k->unit, "1") == 0 ? "" : k->unit, out);
}

static void write_value(FILE *out, const config_key *k, const void *from)
{
    char number[CONFIG_NUMBER_SIZE];
    if (k->type == CONFIG_FLAG)
        fputs(*(const bool *)(const void *)((const char *)from + k->offset) ? "true" : "false", out);
    else if (isfinite(config_get(k, from)))
        fputs(config_scalar_print(number, config_get(k, from)), out);
}

static void write_keys(FILE *out, const config_group *g, const void *defaults)
{
    char least[CONFIG_NUMBER_SIZE], most[CONFIG_NUMBER_SIZE];
    fputs("| key | unit | range | default | meaning |\n| --- | --- | --- | --- | --- |\n", out);
    for (size_t i = 0; i < g->count; i++) {
        const config_key *k = &g->keys[i];
        fprintf(out, "| `%s` | ", k->name);
        write_unit(out, k);
        if (k->type == CONFIG_NUMBER)
            fprintf(out, " | %s to %s | ", config_scalar_print(least, k->min),
                    config_scalar_print(most, k->max));
        else
            fputs(" | true or false | ", out);
        write_value(out, k, defaults);
        fprintf(out, " | %s |\n", k->meaning);
    }
}

static void write_frames(FILE *out, const inject_kind *kind)
{
    const char *separator = "";
    if (kind->frames == 0) {
        fputs("Acts on: the map.", out);
        return;
    }
    fputs("Acts on: ", out);
    for (int i = 0; i < FRAME_KIND_COUNT; i++) {
        if (!(kind->frames & 1u << i))
            continue;
        fprintf(out, "%s%s", separator, frame_kind_word((frame_kind)i));
        separator = ", ";
    }
    fputc('.', out);
}

static void write_kind(FILE *out, const inject_kind *kind)
{
    fprintf(out, "\n## %s\n\n%s\n", kind->word, kind->meaning);
    write_frames(out, kind);
    fputc('\n', out);
    if (kind->period_s > 0)
        fprintf(out, "Its `period_s` is %g when it is not given.\n", kind->period_s);
    if (kind->keys.count > 0) {
        fputc('\n', out);
        write_keys(out, &kind->keys, kind->defaults);
    }
}

bool inject_write_reference(FILE *out)
{
    const inject_spec every = {.times = inject_times_defaults};
    fputs(head, out);
    write_keys(out, &inject_times_group, &every);
    for (const inject_kind *const *kind = inject_kinds; *kind; kind++)
        write_kind(out, *kind);
    return fflush(out) == 0 && !ferror(out);
}
