/* Clients that come and go, while those who were there before are told how many there are. */

#include "load.h"

#include <stdio.h>
#include <stdlib.h>

#define SEED 1

static struct {
    int watching, number, opened, killed, left;
    double life, kill;
    uint64_t began, until, wrong_since, wrong, longest;
    bool on, is_wrong;
} churn;
static uint64_t next[MOST_CLIENTS];

/* When something happens to a client next: after 0.2 to 1.8 lives. */
static uint64_t later(uint64_t now) {
    double part = 0.2 + 1.6 * ((double)rand() / RAND_MAX);
    return now + (uint64_t)(churn.life * part * 1e9);
}

static void act(struct client *c, uint64_t now) {
    if (c->state == GONE) {
        churn.opened++;
        client_open(c, now);
    } else if (c->state == OPEN && (double)rand() / RAND_MAX < churn.kill) {
        churn.killed++;
        client_kill(c);
    } else if (c->state == OPEN) {
        churn.left++;
        client_leave(c);
    }
}

/* Note whether what anybody of those who watch was told is right now. */
void churn_judge(uint64_t now) {
    if (!churn.on) return;
    bool is_wrong = false;
    for (int i = 0; i < churn.watching; i++) is_wrong |= clients[i].told != truth;
    if (is_wrong == churn.is_wrong) return;
    churn.is_wrong = is_wrong;
    if (is_wrong) {
        churn.wrong_since = now;
        return;
    }
    uint64_t stretch = now - churn.wrong_since;
    churn.wrong += stretch;
    if (stretch > churn.longest) churn.longest = stretch;
}

static bool churning(uint64_t now) {
    uint64_t soonest = churn.until;
    for (int i = churn.watching; i < churn.watching + churn.number; i++) {
        if (next[i] <= now) {
            act(&clients[i], now);
            next[i] = later(now);
            churn_judge(clock_now());
        }
        if (next[i] < soonest) soonest = next[i];
    }
    if (now < churn.until) {
        wake_at(soonest);
        return false;
    }
    printf("{\"opened\":%d,\"killed\":%d,\"left\":%d,\"open\":%d,\"wrong\":%.6f,", churn.opened,
           churn.killed, churn.left, truth, (double)churn.wrong / 1e9);
    printf("\"longest\":%.6f,\"seconds\":%.6f}\n", (double)churn.longest / 1e9,
           (double)(now - churn.began) / 1e9);
    return true;
}

/* Those who are there at the first call watch from then on. */
void churn_begin(double seconds, int number, double life, double kill, uint64_t now) {
    if (!churn.on) {
        srand(SEED);
        churn.watching = used;
        used += number;
        churn.on = true;
    }
    churn.number = number;
    churn.life = life;
    churn.kill = kill;
    churn.began = now;
    churn.until = now + (uint64_t)(seconds * 1e9);
    for (int i = churn.watching; i < churn.watching + number; i++) next[i] = later(now);
    begin(churning);
}
