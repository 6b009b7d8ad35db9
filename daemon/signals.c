#include "daemon/signals.h"

#include <pthread.h>
#include <sys/signalfd.h>

void signals_block(sigset_t *set, const int *list)
{
    sigemptyset(set);
    for (; *list; list++)
        sigaddset(set, *list);
    pthread_sigmask(SIG_BLOCK, set, NULL);
}

int signals_open(const int *list)
{
    sigset_t set;
    signals_block(&set, list);
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}
