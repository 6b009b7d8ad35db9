#include "sensors/can/can_socket.h"

#include "common/clock.h"

#include <errno.h>
#include <linux/can.h>
#include <linux/can/error.h>
#include <linux/can/raw.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static can_socket_result refuse_kernel(error *e)
{
    bool missing = errno == EAFNOSUPPORT || errno == EPROTONOSUPPORT || errno == ESOCKTNOSUPPORT;
    if (missing)
        error_set(e,
                  "this kernel has no CAN (SocketCAN): load its modules (modprobe can_raw) or run one that "
                  "has it; logs of candump work without");
    else
        error_set(e, "cannot open a CAN socket: %s", strerror(errno));
    return CAN_SOCKET_FAILED;
}

/* Kernels without one of these work all the same: no CAN FD, no error frames, our own time. */
static void ask_for_all(int fd)
{
    const int on = 1;
    const can_err_mask_t errors = CAN_ERR_MASK;
    const int wanted_bytes = 1 << 20; /* some 2000 frames: a busy bus of 1 Mbit/s for 200 ms */
    setsockopt(fd, SOL_CAN_RAW, CAN_RAW_FD_FRAMES, &on, sizeof on);
    setsockopt(fd, SOL_CAN_RAW, CAN_RAW_ERR_FILTER, &errors, sizeof errors);
    setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
    setsockopt(fd, SOL_SOCKET, SO_RXQ_OVFL, &on, sizeof on);
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &wanted_bytes, sizeof wanted_bytes);
}

can_socket_result can_socket_open(const char *interface, int *fd, error *e)
{
    *fd = socket(AF_CAN, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, CAN_RAW);
    if (*fd < 0)
        return refuse_kernel(e);
    ask_for_all(*fd);
    struct sockaddr_can address = {.can_family = AF_CAN, .can_ifindex = (int)if_nametoindex(interface)};
    bool there = address.can_ifindex != 0;
    if (there && bind(*fd, (const struct sockaddr *)&address, sizeof address) == 0)
        return CAN_SOCKET_OPEN;
    error_set(e, "%s: %s", interface, there ? strerror(errno) : "there is no such interface");
    close(*fd);
    *fd = -1;
    return CAN_SOCKET_ABSENT;
}

/* CMSG_DATA need not be aligned for what it holds. */
static void read_control(struct msghdr *m, int64_t *stamp_ns, uint32_t *lost)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
        struct timespec t;
        if (c->cmsg_level != SOL_SOCKET)
            continue;
        if (c->cmsg_type == SO_TIMESTAMPNS) {
            memcpy(&t, CMSG_DATA(c), sizeof t);
            *stamp_ns = (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
        } else if (c->cmsg_type == SO_RXQ_OVFL) {
            memcpy(lost, CMSG_DATA(c), sizeof *lost);
        }
    }
}

/* `raw` has the same layout up to the data for CAN and CAN FD. */
static bool fill_frame(const struct canfd_frame *raw, size_t size, can_bus_frame *f)
{
    f->fd = size == CANFD_MTU;
    if ((size != CAN_MTU && size != CANFD_MTU) || raw->len > (f->fd ? CANFD_MAX_DLEN : CAN_MAX_DLEN))
        return false;
    f->error = (raw->can_id & CAN_ERR_FLAG) != 0;
    f->remote = !f->error && (raw->can_id & CAN_RTR_FLAG) != 0;
    f->extended = !f->error && (raw->can_id & CAN_EFF_FLAG) != 0;
    f->id = raw->can_id & (f->error ? CAN_ERR_MASK : f->extended ? CAN_EFF_MASK : CAN_SFF_MASK);
    f->size = raw->len;
    if (!f->remote)
        memcpy(f->data, raw->data, raw->len);
    return true;
}

can_socket_read_result can_socket_read(int fd, const char *interface, can_bus_frame *f, uint32_t *lost)
{
    struct canfd_frame raw;
    union {
        char bytes[CMSG_SPACE(sizeof(struct timespec)) + CMSG_SPACE(sizeof(uint32_t))];
        struct cmsghdr align;
    } control;
    struct iovec part = {.iov_base = &raw, .iov_len = sizeof raw};
    for (;;) {
        struct msghdr m = {
            .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
        ssize_t n = recvmsg(fd, &m, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 && errno == EAGAIN ? CAN_SOCKET_NOTHING : CAN_SOCKET_DOWN;
        *f = (can_bus_frame){.stamp_ns = INT64_MIN};
        read_control(&m, &f->stamp_ns, lost);
        if (!fill_frame(&raw, (size_t)n, f))
            continue; /* no kind of frame that we know (CAN XL) */
        if (f->stamp_ns == INT64_MIN)
            f->stamp_ns = utc_ns();
        snprintf(f->interface, sizeof f->interface, "%s", interface);
        return CAN_SOCKET_FRAME;
    }
}

const char *can_socket_error_text(const can_bus_frame *f, bool *serious)
{
    static const struct {
        uint32_t class;
        bool serious;
        const char *text;
    } classes[] = {
        {CAN_ERR_BUSOFF, true, "bus off: the controller has left the bus after too many errors"},
        {CAN_ERR_RESTARTED, false, "the controller is back on the bus"},
        {CAN_ERR_CRTL, true, "controller problem"},
        {CAN_ERR_TRX, true, "transceiver problem"},
        {CAN_ERR_PROT, false, "a frame on the bus was damaged"},
        {CAN_ERR_BUSERROR, false, "an error on the bus"},
        {CAN_ERR_ACK, false, "a frame was not acknowledged"},
        {CAN_ERR_LOSTARB, false, "arbitration was lost"},
        {CAN_ERR_TX_TIMEOUT, false, "a frame could not be sent"},
    };
    *serious = false;
    if ((f->id & CAN_ERR_CRTL) && f->size > 1) {
        *serious = (f->data[1] & CAN_ERR_CRTL_RX_OVERFLOW) != 0;
        return *serious ? "the controller's buffer overflowed"
               : f->data[1] & (CAN_ERR_CRTL_RX_PASSIVE | CAN_ERR_CRTL_TX_PASSIVE)
                   ? "error-passive: many errors on the bus"
               : f->data[1] & (CAN_ERR_CRTL_RX_WARNING | CAN_ERR_CRTL_TX_WARNING)
                   ? "error warning: some errors on the bus"
                   : "the controller is error-active again";
    }
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
        if (f->id & classes[i].class) {
            *serious = classes[i].serious;
            return classes[i].text;
        }
    }
    return "an error of an unknown kind";
}
