/* Reads orders, one a line, and answers each with one line of JSON.
 *
 *   load HOST PORT PATH
 *
 *   open N WINDOW            N more clients, WINDOW of them connecting at once
 *   settle SECONDS           wait until all have been told how many are open
 *   await N SECONDS          wait until all have been told N
 *   tell TYPE JSON           the first client says this, and waits for a frame of this type
 *   every JSON               each client says this
 *   send N FLIGHT SIZE       the first client sends N messages, FLIGHT under way at once
 *   pace N RATE SIZE         the first client sends N messages, RATE a second
 *   churn SECONDS N LIFE K   N more clients come and go; K of each go without a word
 *   deafen N, drop N, leave N   the last N stop reading; are cut off; say goodbye
 *   count                    what everybody was told last
 *
 * It ends with its standard input. Times in the answers are seconds.
 */

#include "load.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define BATCH 512
#define LONGEST_ORDER 65536
#define PATIENCE 10000000000ull

static int epoll_fd, timer_fd;
static job *current;
static uint64_t told_until;

uint64_t clock_now(void) {
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (uint64_t)at.tv_sec * 1000000000ull + (uint64_t)at.tv_nsec;
}

void die(const char *what) {
    fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
    exit(1);
}

/* Have the job called at that moment, if nothing happens sooner. */
void wake_at(uint64_t when) {
    struct itimerspec at = {.it_value = {.tv_sec = (time_t)(when / 1000000000ull),
                                         .tv_nsec = (long)(when % 1000000000ull)}};
    timerfd_settime(timer_fd, TFD_TIMER_ABSTIME, &at, NULL);
}

void begin(job *next) {
    current = next;
    wake_at(clock_now() + 1);
}

static bool telling(uint64_t now) {
    if (!frames_found() && now < told_until) {
        wake_at(told_until);
        return false;
    }
    printf("{\"ok\":%s}\n", frames_found() ? "true" : "false");
    return true;
}

static void tell(const char *type, const char *text, uint64_t now) {
    told_until = now + PATIENCE;
    frames_expect(type);
    client_text(&clients[0], text, strlen(text));
    begin(telling);
}

static void every(const char *text) {
    for (int i = 0; i < used; i++)
        if (clients[i].state == OPEN) client_text(&clients[i], text, strlen(text));
    puts("{}");
}

static void last(int number, void (*act)(struct client *)) {
    int done = 0;
    for (int i = used - 1; i >= 0 && done < number; i--) {
        if (clients[i].state != OPEN || clients[i].deaf) continue;
        act(&clients[i]);
        done++;
    }
    printf("{\"done\":%d}\n", done);
}

static void count(void) {
    int wrong = 0, least = MOST_CLIENTS, most = -1;
    for (int i = 0; i < used; i++) {
        if (clients[i].state != OPEN || clients[i].deaf) continue;
        if (clients[i].told != truth) wrong++;
        if (clients[i].told < least) least = clients[i].told;
        if (clients[i].told > most) most = clients[i].told;
    }
    printf("{\"open\":%d,\"wrong\":%d,\"least\":%d,\"most\":%d,\"cut\":%d}\n", truth, wrong, least,
           most, lost_connections);
}

static void obey(char *line, uint64_t now) {
    int n = 0, window = 0, at = 0;
    unsigned flight = 0, size = 0;
    double a = 0, b = 0, c = 0;
    char type[64];
    if (sscanf(line, "open %d %d", &n, &window) == 2) opening_begin(n, window, now);
    else if (sscanf(line, "settle %lf", &a) == 1) settle_begin(-1, a, now);
    else if (sscanf(line, "await %d %lf", &n, &a) == 2) settle_begin(n, a, now);
    else if (sscanf(line, "tell %63s %n", type, &at) == 1 && at) tell(type, line + at, now);
    else if (strncmp(line, "every ", 6) == 0) every(line + 6);
    else if (sscanf(line, "send %d %u %u", &n, &flight, &size) == 3)
        talk_begin((uint32_t)n, flight, 0, size, now);
    else if (sscanf(line, "pace %d %lf %u", &n, &a, &size) == 3)
        talk_begin((uint32_t)n, (uint32_t)n, a, size, now);
    else if (sscanf(line, "churn %lf %d %lf %lf", &a, &n, &b, &c) == 4)
        churn_begin(a, n, b, c, now);
    else if (sscanf(line, "deafen %d", &n) == 1) last(n, client_deafen);
    else if (sscanf(line, "drop %d", &n) == 1) last(n, client_kill);
    else if (sscanf(line, "leave %d", &n) == 1) last(n, client_leave);
    else if (strcmp(line, "count") == 0) count();
    else puts("{\"error\":\"no such order\"}");
}

static void listen_to_orders(uint64_t now) {
    static char line[LONGEST_ORDER];
    static size_t size;
    ssize_t got = read(STDIN_FILENO, line + size, sizeof line - 1 - size);
    if (got <= 0) exit(0);
    size += (size_t)got;
    line[size] = 0;
    char *end = strchr(line, '\n');
    if (!end) return;
    *end = 0;
    size = 0;
    obey(line, now);
}

static void watch(int fd, void *whom) {
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = whom};
    if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0) die("epoll_ctl");
}

static void turn(void) {
    struct epoll_event events[BATCH];
    int number = epoll_wait(epoll_fd, events, BATCH, -1);
    if (number < 0 && errno != EINTR) die("epoll_wait");
    uint64_t now = clock_now();
    for (int i = 0; i < number; i++) {
        void *whom = events[i].data.ptr;
        uint64_t times;
        if (whom == &epoll_fd) listen_to_orders(now);
        else if (whom != &timer_fd) client_event(whom, events[i].events, clock_now());
        else if (read(timer_fd, &times, sizeof times) < 0 && errno != EAGAIN) die("timer");
    }
    churn_judge(clock_now());
    if (current && current(clock_now())) current = NULL;
    fflush(stdout);
}

int main(int argc, char **argv) {
    if (argc != 4) {
        fprintf(stderr, "usage: load HOST PORT PATH\n");
        return 2;
    }
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (epoll_fd < 0 || timer_fd < 0) die("epoll or timer");
    watch(STDIN_FILENO, &epoll_fd);
    watch(timer_fd, &timer_fd);
    clients_init(epoll_fd, argv[1], atoi(argv[2]), argv[3]);
    printf("{\"ready\":true}\n");
    fflush(stdout);
    for (;;) turn();
}
