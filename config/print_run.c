/* The sections of the live program. */
#include "config/print.h"

#include <inttypes.h>
#include <string.h>

/* ---- text */

static bool is_plain(const char *text)
{
    static const char first[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/";
    static const char others[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/._+-";
    if (text[0] == '-' && text[1] >= '0' && text[1] <= '9')
        text++;
    return text[0] != '\0' && strchr(first, text[0]) && text[strspn(text, others)] == '\0' &&
           strcasecmp(text, "null") != 0;
}

/* The character that the UTF-8 begins with, and how many bytes it has. */
static uint32_t decode(const char *text, size_t *length)
{
    const unsigned char lead = (unsigned char)*text;
    uint32_t c = lead < 0x80 ? lead : lead < 0xe0 ? lead & 0x1f : lead < 0xf0 ? lead & 0x0f : lead & 0x07;
    *length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    for (size_t i = 1; i < *length; i++) {
        if (((unsigned char)text[i] & 0xc0) != 0x80) {
            *length = i;
            break;
        }
        c = c << 6 | ((unsigned char)text[i] & 0x3f);
    }
    return c;
}

void print_text(FILE *out, const char *text)
{
    size_t length;
    if (is_plain(text)) {
        fputs(text, out);
        return;
    }
    fputc('"', out);
    for (; *text != '\0'; text += length) {
        uint32_t c = decode(text, &length);
        if (c == '"' || c == '\\')
            fprintf(out, "\\%c", (char)c);
        else if (c >= 0x20 && c < 0x7f)
            fputc((char)c, out);
        else if (c <= 0xffff) /* what of the rest YAML takes as it is depends on the character */
            fprintf(out, "\\u%04" PRIX32, c);
        else
            fprintf(out, "\\U%08" PRIX32, c);
    }
    fputc('"', out);
}

/* ---- sections */

static void print_row_start(const printer *p, const config_group *words, const char *name)
{
    const config_key *k = config_key_find(words, name);
    if (p->comments && k)
        fprintf(p->out, "%s  # %s: %s\n", p->mark, k->unit, k->meaning);
    fprintf(p->out, "%s  %s: ", p->mark, name);
}

static void print_endpoints(const printer *p, const char *name, const endpoint_list *list)
{
    print_row_start(p, &config_bus_words, name);
    fputc('[', p->out);
    for (size_t i = 0; i < list->count; i++) {
        fputs(i == 0 ? "" : ", ", p->out);
        print_text(p->out, list->at[i]);
    }
    fputs("]\n", p->out);
}

static void print_word(const printer *p, const config_group *words, const char *name, const char *text)
{
    print_row_start(p, words, name);
    print_text(p->out, text);
    fputc('\n', p->out);
}

static void print_map(const printer *p, const map_settings *m)
{
    print_note(p, "The map of the roads, compiled: MAPS.md.");
    fputs("map:\n", p->out);
    print_word(p, &config_map_words, "file", m->file);
}

static void print_bus(const printer *p, const bus_settings *b)
{
    print_note(p, "Where the programs meet. Nothing but ipc needs keys.");
    fputs("bus:\n", p->out);
    print_endpoints(p, "frames", &b->frames);
    print_endpoints(p, "poses", &b->poses);
    print_word(p, &config_bus_words, "secret_key", b->secret_key);
    print_word(p, &config_bus_words, "server_key", b->server_key);
    print_group(p, "  ", &config_bus, b);
}

static void print_service(const printer *p, const service_settings *s)
{
    print_note(p, "posed run as a service.");
    fputs("service:\n", p->out);
    print_word(p, &config_service_words, "state_file", s->state_file);
    print_group(p, "  ", &config_service, s);
}

static void print_peers(const printer *p, const run_settings *r)
{
    print_note(p, "Who may connect from other machines: by name, a public key and what it may do.");
    fputs(r->peer_count == 0 ? "peers: {}\n" : "peers:\n", p->out);
    for (size_t i = 0; i < r->peer_count; i++) {
        const peer_settings *peer = &r->peers[i];
        fputs("  ", p->out);
        print_text(p->out, peer->name);
        fputs(":\n    public_key: ", p->out);
        print_text(p->out, peer->public_key);
        fputs("\n    sources: [", p->out);
        for (size_t s = 0; s < peer->source_count; s++)
            fprintf(p->out, "%s%s", s == 0 ? "" : ", ", peer->sources[s]);
        fputs("]\n", p->out);
        print_group(p, "    ", &config_peer, peer);
    }
}

static void print_adapters(const printer *p, const run_settings *r)
{
    print_note(p, "What reads each device: by the name of its source, the kind of adapter and its options "
                  "(posed adapter KIND --help).");
    fputs(r->adapter_count == 0 ? "adapters: {}\n" : "adapters:\n", p->out);
    for (size_t i = 0; i < r->adapter_count; i++) {
        const adapter_settings *a = &r->adapters[i];
        fprintf(p->out, "  %s:\n    kind: ", a->source);
        print_text(p->out, a->kind);
        fputc('\n', p->out);
        print_group(p, "    ", &config_adapter, a);
        for (size_t o = 0; o < a->option_count; o++) {
            fprintf(p->out, "    %s: ", a->options[o].key);
            print_text(p->out, a->options[o].value);
            fputc('\n', p->out);
        }
    }
}

void print_run_settings(const printer *p, const run_settings *r)
{
    print_map(p, &r->map);
    print_bus(p, &r->bus);
    print_service(p, &r->service);
    print_peers(p, r);
    print_adapters(p, r);
}

void print_run_template(const printer *p, const run_settings *r)
{
    print_map(p, &r->map);
    print_bus(p, &r->bus);
    print_service(p, &r->service);
    print_peers(p, r);
    fputs("# For example, with `peers:` instead of the line above:\n"
          "#   radar-box: {public_key: radar-box.pub, sources: [radar/front, radar/rear]}\n"
          "#   dashboard: {public_key: dashboard.pub, subscribe: true}\n",
          p->out);
    print_adapters(p, r);
    fputs("# For example, with `adapters:` instead of the line above:\n"
          "#   gnss/roof: {kind: gnss, from: serial, device: /dev/ttyACM0, baud: 38400}\n"
          "#   radar/front: {kind: radar, interface: can0, mapping: /usr/share/posed/can/ars408.yaml}\n"
          "#   replay/town: {kind: replay, path: drive.mcap}\n",
          p->out);
}
