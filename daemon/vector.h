/*
 * Growing arrays.
 */
#ifndef POSED_DAEMON_VECTOR_H
#define POSED_DAEMON_VECTOR_H

#include "common/vector.h"

#endif
