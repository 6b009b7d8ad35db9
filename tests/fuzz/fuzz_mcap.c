/* Any bytes as an MCAP file: all records, all messages twice, the description of the whole, frames by log
 * time. */
#include "wire/drive_order.h"
#include "wire/mcap_info.h"
#include "wire/mcap_reader.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What both passes must agree on. */
typedef struct {
    size_t messages, damage;
    uint64_t sum;
} outcome;

static outcome read_messages(mcap_reader *r)
{
    outcome o = {0};
    mcap_message m;
    mcap_reader_rewind(r);
    while (mcap_reader_next(r, &m)) {
        o.messages++;
        o.sum += m.log_time_ns + m.channel->topic.size + (m.schema ? m.schema->name.size : 0);
        for (size_t i = 0; i < m.size; i++)
            o.sum = o.sum * 31 + m.data[i];
    }
    o.damage = mcap_reader_damage_count(r);
    return o;
}

static void read_in_order(mcap_reader *r)
{
    error e = {""};
    mcap_message m;
    uint64_t last_ns = 0;
    bool needed = drive_order_needed(r), late = false;
    drive_order *o = drive_order_create(r, &e);
    if (!o)
        abort();
    for (; drive_order_next(o, &m); last_ns = m.log_time_ns)
        late = late || m.log_time_ns < last_ns || !m.channel;
    if (late || (needed && last_ns == 0))
        abort();
    drive_order_destroy(o);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    error e = {""};
    mcap_reader *r = mcap_reader_open_memory(data, size, &e);
    if (!r)
        return 0;
    outcome first = read_messages(r), second = read_messages(r);
    mcap_info info;
    if (mcap_info_read(&info, r) && info.messages != first.messages)
        abort();
    if (first.messages != second.messages || first.sum != second.sum || first.damage != second.damage)
        abort();
    mcap_text attachment;
    if (mcap_reader_attachment(r, "config.yaml", &attachment) && attachment.size > size)
        abort();
    mcap_info_finish(&info);
    read_in_order(r);
    mcap_reader_close(r);
    return 0;
}
