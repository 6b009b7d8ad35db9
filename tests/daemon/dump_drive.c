/* dump_drive FILE: every message of an MCAP file, a line each: topic, sequence, log time, publish time,
 * payload in hexadecimal. Exit 1 when the file is damaged (after all that can be read). */
#include "wire/mcap_reader.h"

#include <inttypes.h>
#include <stdio.h>

int main(int argc, char **argv)
{
    error e = {""};
    mcap_reader *r = argc == 2 ? mcap_reader_open(argv[1], &e) : NULL;
    if (!r) {
        fprintf(stderr, "%s\n", argc == 2 ? e.text : "dump_drive FILE");
        return 1;
    }
    for (mcap_message m; mcap_reader_next(r, &m);) {
        printf("%.*s %" PRIu32 " %" PRIu64 " %" PRIu64 " ", (int)m.channel->topic.size, m.channel->topic.data,
               m.sequence, m.log_time_ns, m.publish_time_ns);
        for (size_t i = 0; i < m.size; i++)
            printf("%02x", ((const unsigned char *)m.data)[i]);
        putchar('\n');
    }
    const char *damage = mcap_reader_damage(r);
    if (damage)
        fprintf(stderr, "%s\n", damage);
    mcap_reader_close(r);
    return damage ? 1 : 0;
}
