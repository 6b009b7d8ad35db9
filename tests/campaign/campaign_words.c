/*
 * posed campaign table and diff, without the rest of posed campaign: what they read may come from anywhere.
 */
#include "daemon/campaign/campaign_words.h"
#include "daemon/command.h"

#include <string.h>

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "table") == 0)
        return campaign_table_main(argc - 1, argv + 1);
    if (argc > 1 && strcmp(argv[1], "diff") == 0)
        return campaign_diff_main(argc - 1, argv + 1);
    fputs("table or diff?\n", stderr);
    return EXIT_USAGE;
}
