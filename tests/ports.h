/* A TCP port that nobody holds on the loopback device now. */
#ifndef POSED_TESTS_PORTS_H
#define POSED_TESTS_PORTS_H

unsigned free_port(void);

#endif
