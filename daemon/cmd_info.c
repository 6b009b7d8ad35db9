/*
 * posed info: what an MCAP file holds, posed's own or another's.
 */
#include "daemon/command.h"
#include "daemon/info_print.h"

#include <string.h>

static const char *finding(const char *text)
{
    return text ? text : "";
}

const char *info_damage(const info_subject *s, size_t index)
{
    size_t first = mcap_reader_damage_count(s->reader);
    if (index < first)
        return finding(mcap_reader_damage_text(s->reader, index));
    index -= first;
    const mcap_damage *more = &s->info->disagreements;
    if (index >= more->count)
        return NULL;
    return index < MCAP_DAMAGE_KEPT ? more->text[index] : "";
}

static int describe(const char *path, bool json)
{
    error e = {""};
    mcap_reader *reader = mcap_reader_open(path, &e);
    if (!reader)
        return command_fail("info", EXIT_BAD, "%s", e.text);
    int code = EXIT_BAD;
    mcap_info info;
    info_subject s = {path, reader, &info};
    if (!mcap_info_read(&info, reader) || (json && !info_print_json(&s, stdout))) {
        fprintf(stderr, "posed info: %s: out of memory\n", path);
        goto done;
    }
    if (!json)
        info_print_text(&s, stdout);
    const char *damage = info_damage(&s, 0);
    if (damage)
        fprintf(stderr, "posed info: %s: damaged: %s\n", path, damage);
    else
        code = EXIT_OK;
done:
    mcap_info_finish(&info);
    mcap_reader_close(reader);
    return code;
}

static int run(int argc, char **argv)
{
    const char *path = NULL;
    bool json = false, options = true;
    for (int i = 1; i < argc; i++) {
        if (options && strcmp(argv[i], "--") == 0)
            options = false;
        else if (options && strcmp(argv[i], "--json") == 0)
            json = true;
        else if (options && argv[i][0] == '-' && argv[i][1] != '\0')
            return command_fail("info", EXIT_USAGE, "unknown option %s", argv[i]);
        else if (path)
            return command_fail("info", EXIT_USAGE, "one file at a time, not also %s", argv[i]);
        else
            path = argv[i];
    }
    if (!path)
        return command_fail("info", EXIT_USAGE, "which file?");
    return describe(path, json);
}

const command command_info = {
    .name = "info",
    .arguments = "FILE [--json]",
    .summary = "describe a recording (any MCAP file) and say what is damaged",
    .help =
        "Reads all of FILE, which may be any MCAP file, checks every length and CRC, and compares the file's "
        "own\n"
        "statistics and indexes with what is there.\n"
        "\n"
        "  --json   one JSON object: messages, attachments, metadata, schemas (numbers of them), channels\n"
        "           (topic, message_encoding, schema, count), start_ns, end_ns, damaged, and more\n"
        "\n"
        "Exit status: 0 the file is intact; 1 it is damaged (what can be read is still printed, and the\n"
        "damage is on standard error too) or cannot be read at all; 2 the command line is wrong.\n",
    .run = run,
};
