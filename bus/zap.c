#include "bus/zap.h"

#include <string.h>
#include <zmq.h>

/* Parts of a request, RFC 27. */
enum { VERSION, REQUEST_ID, DOMAIN, ADDRESS, IDENTITY, MECHANISM, CREDENTIALS, PART_COUNT };

typedef struct {
    size_t size; /* may be larger than what was kept */
    char bytes[ZAP_TEXT_SIZE];
} part;

static bool part_is(const part *p, const char *text)
{
    return p->size == strlen(text) && memcmp(p->bytes, text, p->size) == 0;
}

static bool part_to_text(const part *p, char text[ZAP_TEXT_SIZE])
{
    if (p->size >= ZAP_TEXT_SIZE || memchr(p->bytes, '\0', p->size))
        return false;
    memcpy(text, p->bytes, p->size);
    text[p->size] = '\0';
    return true;
}

/* Parts beyond those that a request has are taken and forgotten. Returns how many there were. */
static size_t receive_parts(void *socket, part parts[PART_COUNT])
{
    size_t count = 0;
    int more = 1;
    while (more) {
        part surplus, *p = count < PART_COUNT ? &parts[count] : &surplus;
        int size = zmq_recv(socket, p->bytes, sizeof p->bytes, ZMQ_DONTWAIT);
        if (size < 0)
            break;
        p->size = (size_t)size;
        count++;
        size_t length = sizeof more;
        if (zmq_getsockopt(socket, ZMQ_RCVMORE, &more, &length) != 0)
            break;
    }
    return count;
}

bool zap_receive(void *socket, zap_request *r)
{
    part parts[PART_COUNT];
    size_t count = receive_parts(socket, parts);
    *r = (zap_request){.curve = false};
    if (count > REQUEST_ID && parts[REQUEST_ID].size <= sizeof r->id) {
        r->id_size = parts[REQUEST_ID].size;
        memcpy(r->id, parts[REQUEST_ID].bytes, r->id_size);
    }
    if (count == PART_COUNT && part_is(&parts[VERSION], "1.0") && part_is(&parts[MECHANISM], "CURVE") &&
        parts[CREDENTIALS].size == ZAP_KEY_SIZE && part_to_text(&parts[DOMAIN], r->domain) &&
        part_to_text(&parts[ADDRESS], r->address)) {
        memcpy(r->key, parts[CREDENTIALS].bytes, ZAP_KEY_SIZE);
        r->curve = true;
    }
    return count > 0;
}

static void send_part(void *socket, const char *text, size_t size, int more)
{
    /* The asking side waits with an unbounded queue; when it has gone, ZeroMQ forgets the answer. */
    (void)zmq_send(socket, text, size, ZMQ_DONTWAIT | more);
}

/* To 400 a peer of ZeroMQ's would hear that it is refused and never try again, not even when its key has been
 * added to the list; after 300, "temporary error", it is cut off without a word and tries again. */
void zap_answer(void *socket, const zap_request *r, const char *user)
{
    const char *status = user ? "200" : "300", *text = user ? "OK" : "not a peer";
    send_part(socket, "1.0", 3, ZMQ_SNDMORE);
    send_part(socket, r->id, r->id_size, ZMQ_SNDMORE);
    send_part(socket, status, 3, ZMQ_SNDMORE);
    send_part(socket, text, strlen(text), ZMQ_SNDMORE);
    send_part(socket, user ? user : "", user ? strlen(user) : 0, ZMQ_SNDMORE);
    send_part(socket, "", 0, 0); /* no metadata */
}
