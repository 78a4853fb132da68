/* Clients that connect, some or all at once, and what they are told then. */

#include "load.h"

#include <stdio.h>
#include <stdlib.h>

#define PATIENCE 60000000000ull
#define LOOK_EVERY 5000000ull

static int wanted, window, under_way, opened, failed, expected;
static uint64_t began, ended, until;
static double taken[MOST_CLIENTS];

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double seconds(uint64_t from, uint64_t to) {
    return to > from ? (double)(to - from) / 1e9 : 0;
}

static struct client *unused(void) {
    static int next;
    for (int tried = 0; tried < used; tried++) {
        next = (next + 1) % used;
        if (clients[next].state == GONE && next) return &clients[next];
    }
    if (clients[0].state == GONE) return &clients[0];
    return NULL;
}

static struct client *place(void) {
    if (used == 0 || truth + under_way >= used) return used < MOST_CLIENTS ? &clients[used++] : NULL;
    struct client *found = unused();
    return found ? found : used < MOST_CLIENTS ? &clients[used++] : NULL;
}

static bool opening(uint64_t now) {
    while (wanted > 0 && under_way < window) {
        struct client *c = place();
        if (!c) break;
        wanted--;
        under_way++;
        client_open(c, clock_now());
    }
    if ((wanted > 0 || under_way > 0) && now < until) {
        wake_at(until);
        return false;
    }
    qsort(taken, (size_t)opened, sizeof taken[0], ascending);
    printf("{\"opened\":%d,\"failed\":%d,\"seconds\":%.6f,\"p50\":%.6f,\"p99\":%.6f}\n", opened,
           failed + wanted + under_way, seconds(began, ended), opened ? taken[opened / 2] : 0,
           opened ? taken[opened * 99 / 100] : 0);
    return true;
}

void opening_begin(int number, int at_once, uint64_t now) {
    wanted = number;
    window = at_once;
    under_way = opened = failed = 0;
    began = ended = now;
    until = now + PATIENCE;
    begin(opening);
}

void opening_done(struct client *c, bool well, uint64_t now) {
    under_way--;
    if (!well) {
        failed++;
    } else if (opened < MOST_CLIENTS) {
        taken[opened++] = seconds(c->began, now);
        ended = now;
    }
}

/* Return how many were told another number; `last` is when somebody was told last. */
static int wrong(uint64_t *last) {
    int number = 0, right = expected < 0 ? truth : expected;
    *last = began;
    for (int i = 0; i < used; i++) {
        if (clients[i].state != OPEN || clients[i].deaf) continue;
        if (clients[i].told != right) number++;
        if (clients[i].told_at > *last) *last = clients[i].told_at;
    }
    return number;
}

static bool settling(uint64_t now) {
    uint64_t last;
    int number = wrong(&last);
    if (number > 0 && now < until) {
        wake_at(now + LOOK_EVERY);
        return false;
    }
    printf("{\"open\":%d,\"wrong\":%d,\"at\":%.6f,\"seconds\":%.6f}\n", truth, number,
           (double)last / 1e9, seconds(began, last));
    return true;
}

/* Wait until all have been told `number`, or as many as are open if that is negative.
 * Seconds in the answer count from the beginning of the last opening. */
void settle_begin(int number, double patience, uint64_t now) {
    expected = number;
    until = now + (uint64_t)(patience * 1e9);
    begin(settling);
}
