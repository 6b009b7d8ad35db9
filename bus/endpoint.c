#include "bus/endpoint.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/un.h>

enum {
    MAX_INPROC_NAME = 64,
    MAX_IPC_PATH = sizeof((struct sockaddr_un *)0)->sun_path - 1,
};

static bool fail(error *e, const char *text, const char *what)
{
    return error_set(e, "endpoint \"%s\": %s", text, what);
}

static bool printable(const char *text)
{
    for (; *text != '\0'; text++) {
        if (!isprint((unsigned char)*text) || *text == ' ')
            return false;
    }
    return true;
}

static bool parse_ipc(endpoint *out, const char *text, error *e)
{
    if (out->name[0] == '\0')
        return fail(e, text, "the path is missing");
    if (out->name[0] == '@')
        return fail(e, text, "abstract sockets are open to every user of the machine; use a path");
    if (out->name[0] == '*')
        return fail(e, text, "a path is needed, not *");
    if (strlen(out->name) > MAX_IPC_PATH)
        return error_set(e, "endpoint \"%s\": the path has more than %d bytes", text, MAX_IPC_PATH);
    return true;
}

/* Names that begin with "zeromq." and "posed." are ZeroMQ's and ours: its authentication, our monitors. */
static bool parse_inproc(const endpoint *out, const char *text, error *e)
{
    size_t length = strlen(out->name);
    if (length == 0 || length > MAX_INPROC_NAME)
        return error_set(e, "endpoint \"%s\": the name needs 1 to %d bytes", text, MAX_INPROC_NAME);
    if (strncmp(out->name, "zeromq.", 7) == 0 || strncmp(out->name, "posed.", 6) == 0)
        return fail(e, text, "names that begin with \"zeromq.\" or \"posed.\" are taken");
    return true;
}

/* Decimal, 1 to 65535. */
static bool parse_port(const char *port, int *out)
{
    size_t digits = strspn(port, "0123456789");
    if (digits == 0 || digits > 5 || port[digits] != '\0')
        return false;
    *out = 0;
    for (; *port != '\0'; port++)
        *out = *out * 10 + (*port - '0');
    return *out >= 1 && *out <= 65535;
}

static bool is_ipv4_loopback(uint32_t address)
{
    return address >> 24 == 127;
}

static bool judge_ipv6(endpoint *out)
{
    struct in6_addr a;
    char host[ENDPOINT_HOST_SIZE];
    memcpy(host, out->host, sizeof host);
    host[strcspn(host, "%")] = '\0'; /* the zone, "%eth0" */
    if (inet_pton(AF_INET6, host, &a) != 1)
        return false;
    uint32_t v4;
    memcpy(&v4, a.s6_addr + 12, sizeof v4);
    bool mapped = IN6_IS_ADDR_V4MAPPED(&a);
    out->wildcard = IN6_IS_ADDR_UNSPECIFIED(&a) || (mapped && v4 == 0);
    out->loopback = IN6_IS_ADDR_LOOPBACK(&a) || (mapped && is_ipv4_loopback(ntohl(v4)));
    return true;
}

/* Host names and interfaces pass; whether they exist shows when they are used. Only "localhost" among them is
 * sure to stay on the machine (RFC 6761). Addresses in the old ways of inet_aton, "127.1" or "0", count as
 * names and thus never as local. */
static bool judge_host(endpoint *out)
{
    struct in_addr a;
    if (out->ipv6)
        return judge_ipv6(out);
    if (strcmp(out->host, "*") == 0) {
        out->wildcard = true;
        return true;
    }
    if (inet_pton(AF_INET, out->host, &a) == 1) {
        out->wildcard = a.s_addr == INADDR_ANY;
        out->loopback = is_ipv4_loopback(ntohl(a.s_addr));
        return true;
    }
    static const char name_characters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._";
    out->loopback = strcmp(out->host, "localhost") == 0;
    return out->host[strspn(out->host, name_characters)] == '\0';
}

static bool parse_tcp(endpoint *out, const char *text, error *e)
{
    const char *host = out->name, *end = strrchr(host, ':');
    if (!end)
        return fail(e, text, "the port is missing; an example is tcp://127.0.0.1:5600");
    if (!parse_port(end + 1, &out->port))
        return fail(e, text, "the port must be 1 to 65535");
    out->ipv6 = host[0] == '[' && end > host + 1 && end[-1] == ']';
    size_t length = (size_t)(end - host);
    if (out->ipv6) {
        host++;
        length -= 2;
    }
    if (length == 0)
        return fail(e, text, "the address is missing");
    if (length >= sizeof out->host)
        return fail(e, text, "the address is too long");
    memcpy(out->host, host, length);
    out->host[length] = '\0';
    if (!judge_host(out))
        return fail(e, text, "that is no address; IPv6 addresses stand in [ ]");
    return true;
}

bool endpoint_parse(endpoint *out, const char *text, error *e)
{
    static const char *const prefixes[] = {
        [ENDPOINT_IPC] = "ipc://", [ENDPOINT_INPROC] = "inproc://", [ENDPOINT_TCP] = "tcp://"};
    *out = (endpoint){.name = NULL};
    if (!printable(text))
        return error_set(e, "an endpoint has a space or a character that is not plain ASCII");
    for (int i = ENDPOINT_IPC; i <= ENDPOINT_TCP; i++) {
        if (strncmp(text, prefixes[i], strlen(prefixes[i])) == 0) {
            out->transport = (endpoint_transport)i;
            out->name = text + strlen(prefixes[i]);
        }
    }
    if (!out->name)
        return fail(e, text, "it must begin with ipc://, tcp:// or inproc://");
    switch (out->transport) {
    case ENDPOINT_IPC:
        return parse_ipc(out, text, e);
    case ENDPOINT_INPROC:
        return parse_inproc(out, text, e);
    case ENDPOINT_TCP:
        return parse_tcp(out, text, e);
    }
    return false;
}
