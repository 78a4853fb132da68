/* Messages of the first client, and their deliveries to all. */

#include "load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#define MOST 2000000u
#define LONGEST 6000u
#define BUCKET 10000ull /* nanoseconds */
#define BUCKETS 1000000u
#define PATIENCE 3000000000ull
#define AT_ONCE 1024u

static uint64_t sent_at[MOST];
static uint32_t got[MOST];
static uint32_t buckets[BUCKETS];
static uint32_t next_number = 1;

static struct {
    uint32_t first, number, flight, sent, whole, receivers;
    unsigned size;
    double rate;
    uint64_t began, ended, deliveries, disorder, slowest;
    int refused, cut;
    double cpu;
} talk;

static double cpu(void) {
    struct rusage used_by;
    getrusage(RUSAGE_SELF, &used_by);
    return (double)(used_by.ru_utime.tv_sec + used_by.ru_stime.tv_sec) +
           (double)(used_by.ru_utime.tv_usec + used_by.ru_stime.tv_usec) / 1e6;
}

static double percentile(double part) {
    uint64_t rank = (uint64_t)((double)talk.deliveries * part), seen = 0;
    for (uint32_t i = 0; i < BUCKETS; i++) {
        seen += buckets[i];
        if (seen > rank) return ((double)i + 0.5) * BUCKET / 1e9;
    }
    return 0;
}

static void report(void) {
    uint64_t due = (uint64_t)talk.number * talk.receivers;
    uint64_t missing = due > talk.deliveries ? due - talk.deliveries : 0;
    printf("{\"sent\":%u,\"receivers\":%u,\"deliveries\":%llu,\"lost\":%llu,\"disorder\":%llu,",
           talk.sent, talk.receivers, (unsigned long long)talk.deliveries,
           (unsigned long long)missing, (unsigned long long)talk.disorder);
    printf("\"seconds\":%.6f,\"p50\":%.6f,\"p99\":%.6f,\"max\":%.6f,",
           talk.ended > talk.began ? (double)(talk.ended - talk.began) / 1e9 : 0, percentile(0.5),
           percentile(0.99), (double)talk.slowest / 1e9);
    printf("\"refused\":%d,\"cut\":%d,\"cpu\":%.3f}\n", refused - talk.refused,
           lost_connections - talk.cut, cpu() - talk.cpu);
}

static void say(uint32_t number, uint64_t now) {
    static char text[LONGEST + 128];
    int size = snprintf(text, sizeof text, "{\"type\":\"message\",\"text\":\"~%08u~", number);
    while ((unsigned)size < talk.size + 26 && (unsigned)size < LONGEST) text[size++] = 'x';
    text[size++] = '"';
    text[size++] = '}';
    client_append(&clients[0], text, (size_t)size);
    sent_at[number] = now;
}

/* Return how many more may be sent now. */
static uint32_t allowed(uint64_t now) {
    uint32_t left = talk.number - talk.sent;
    uint32_t room = talk.flight - (talk.sent - talk.whole);
    uint32_t due = left;
    if (talk.rate > 0) due = (uint32_t)((double)(now - talk.began) / 1e9 * talk.rate) + 1 - talk.sent;
    if (due > left) due = left;
    return due < room ? due : room;
}

static bool talking(uint64_t now) {
    uint32_t some = clients[0].state == OPEN ? allowed(now) : 0;
    for (uint32_t i = 0; i < some && i < AT_ONCE; i++) say(talk.first + talk.sent++, now);
    if (some) client_flush(&clients[0]);
    uint64_t progress = talk.sent && sent_at[talk.first + talk.sent - 1] > talk.ended
                            ? sent_at[talk.first + talk.sent - 1]
                            : talk.ended;
    if (talk.whole == talk.number || now > progress + PATIENCE) {
        report();
        return true;
    }
    uint64_t next = progress + PATIENCE + 1;
    if (talk.rate > 0 && talk.sent < talk.number)
        next = talk.began + (uint64_t)((double)talk.sent / talk.rate * 1e9);
    wake_at(next > now ? next : now + 1);
    return false;
}

static uint32_t receivers(void) {
    uint32_t number = 0;
    for (int i = 0; i < used; i++) number += clients[i].state == OPEN && !clients[i].deaf;
    return number;
}

void talk_begin(uint32_t number, uint32_t flight, double rate, unsigned size, uint64_t now) {
    if (number > MOST - next_number) number = MOST - next_number;
    memset(&talk, 0, sizeof talk);
    memset(buckets, 0, sizeof buckets);
    talk.first = next_number;
    talk.number = number;
    talk.flight = flight;
    talk.rate = rate;
    talk.size = size;
    talk.receivers = receivers();
    talk.began = talk.ended = now;
    talk.refused = refused;
    talk.cut = lost_connections;
    talk.cpu = cpu();
    next_number += number;
    begin(talking);
}

void talk_delivered(struct client *c, uint32_t number, uint64_t now) {
    if (number < talk.first || number >= talk.first + talk.number) return;
    if (number <= c->last) talk.disorder++;
    if (number == c->last) return; /* twice: no delivery of another */
    if (number > c->last) c->last = number;
    uint64_t latency = now - sent_at[number];
    uint64_t bucket = latency / BUCKET;
    buckets[bucket < BUCKETS ? bucket : BUCKETS - 1]++;
    if (latency > talk.slowest) talk.slowest = latency;
    talk.deliveries++;
    talk.ended = now;
    if (++got[number] == talk.receivers) talk.whole++;
}
