/* Many WebSocket clients in one process that does nothing but count: shared declarations. */

#ifndef LOAD_H
#define LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MOST_CLIENTS 20000
#define KEPT 1024 /* bytes of a response or of a frame's beginning that wait for the rest */

enum state { GONE, CONNECTING, ASKED, OPEN, LEAVING };

struct client {
    int fd;
    enum state state;
    bool deaf;       /* reads nothing any more */
    int told;        /* the count it was told last; -1: none yet */
    uint64_t began;  /* when it began to connect, in nanoseconds of CLOCK_MONOTONIC, as all */
    uint64_t told_at;
    uint64_t passed; /* bytes of a long frame that are still to be passed over */
    uint32_t last;   /* the number of the last message delivered */
    unsigned kept;
    char *out; /* what the socket did not take yet */
    size_t out_size;
    unsigned char keep[KEPT];
};

/* What is under way: called after every batch of events, until it returns true. */
typedef bool job(uint64_t now);

extern struct client clients[MOST_CLIENTS];
extern int used; /* clients[0] to clients[used - 1] are or were connected */
extern int truth; /* how many are open */
extern int refused; /* frames of type error, to anybody */
extern int lost_connections; /* closed by the server */

uint64_t clock_now(void);
void die(const char *what);
void wake_at(uint64_t when);
void begin(job *next);

/* client.c */
void clients_init(int epoll, const char *host, int port, const char *path);
void client_open(struct client *c, uint64_t now);
void client_event(struct client *c, unsigned events, uint64_t now);
void client_text(struct client *c, const char *text, size_t size);
void client_append(struct client *c, const char *text, size_t size);
void client_flush(struct client *c);
void client_pong(struct client *c, const unsigned char *payload, size_t size);
void client_leave(struct client *c);
void client_kill(struct client *c);
void client_deafen(struct client *c);

/* frames.c */
bool frames_read(struct client *c, unsigned char *data, size_t size, uint64_t now);
void frames_expect(const char *type);
bool frames_found(void);

/* opening.c */
void opening_begin(int number, int window, uint64_t now);
void opening_done(struct client *c, bool well, uint64_t now);
void settle_begin(int number, double patience, uint64_t now);

/* talk.c */
void talk_begin(uint32_t number, uint32_t flight, double rate, unsigned size, uint64_t now);
void talk_delivered(struct client *c, uint32_t number, uint64_t now);

/* churn.c */
void churn_begin(double seconds, int number, double life, double killed, uint64_t now);
void churn_judge(uint64_t now);

#endif
