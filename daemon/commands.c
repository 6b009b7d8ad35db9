#include "daemon/commands.h"

#include "config/suggest.h"

#include <stdio.h>
#include <string.h>

const command *const commands[] = {
    &command_run,      &command_adapter, &command_watch,   &command_status,   &command_record,
    &command_import,   &command_export,  &command_replay,  &command_simulate, &command_twin,
    &command_campaign, &command_report,  &command_explain, &command_info,     &command_check_config,
    &command_gnss,     &command_can,     &command_camera,  &command_map,      &command_keygen,
};
const size_t command_count = sizeof commands / sizeof *commands;

const command *command_find(const char *name)
{
    for (size_t i = 0; i < command_count; i++) {
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i];
    }
    return NULL;
}

void command_print_help(const command *c)
{
    printf("Usage: posed %s %s\n\n%s\n\n%s", c->name, c->arguments, c->summary, c->help);
}

const char *command_suggest(const char *name)
{
    config_nearest nearest = {.word = name};
    for (size_t i = 0; i < command_count; i++)
        config_nearest_offer(&nearest, commands[i]->name);
    return nearest.best;
}
