#include "earth.h"

#include "sim/vec.h"

sim_earth town_earth(void)
{
    return sim_earth_at((geodetic){radians(52.27), radians(10.53), 120.0});
}
