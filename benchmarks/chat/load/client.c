/* One client: its socket, the handshake, what it says (RFC 6455). */

#include "load.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define READ (1 << 18)
#define PER_ADDRESS 1000 /* clients from one address of the loopback */
#define LONGEST_HEAD 8
#define MASK 4

struct client clients[MOST_CLIENTS];
int used, truth, refused, lost_connections;

static int epoll_fd;
static struct sockaddr_in server;
static char request[512];
static unsigned char input[KEPT + READ];

void clients_init(int epoll, const char *host, int port, const char *path) {
    epoll_fd = epoll;
    server.sin_family = AF_INET;
    server.sin_port = htons((uint16_t)port);
    if (inet_pton(AF_INET, host, &server.sin_addr) != 1) die(host);
    snprintf(request, sizeof request,
             "GET %s HTTP/1.1\r\nHost: %s:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
             "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
             path, host, port);
}

static void watch(struct client *c, int how, unsigned events) {
    struct epoll_event event = {.events = events, .data.ptr = c};
    if (epoll_ctl(epoll_fd, how, c->fd, &event) < 0) die("epoll_ctl");
}

static void end(struct client *c) {
    if (c->state == OPEN) truth--;
    close(c->fd);
    free(c->out);
    c->out = NULL;
    c->out_size = 0;
    c->state = GONE;
}

/* The server has ended it, or it never came to be. */
static void ended(struct client *c, uint64_t now) {
    bool opening = c->state == CONNECTING || c->state == ASKED;
    if (c->state == OPEN) lost_connections++;
    end(c);
    if (opening) opening_done(c, false, now);
}

/* Every address of the loopback is given to some clients only: servers limit them. */
static void bind_address(struct client *c) {
    uint32_t number = (uint32_t)((c - clients) / PER_ADDRESS);
    struct sockaddr_in from = {.sin_family = AF_INET};
    int yes = 1;
    from.sin_addr.s_addr = htonl(INADDR_LOOPBACK + number);
    setsockopt(c->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &yes, sizeof yes);
    if (bind(c->fd, (struct sockaddr *)&from, sizeof from) < 0) die("bind");
}

void client_open(struct client *c, uint64_t now) {
    int yes = 1;
    *c = (struct client){.told = -1, .began = now, .state = CONNECTING};
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (c->fd < 0) die("socket");
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    bind_address(c);
    if (connect(c->fd, (struct sockaddr *)&server, sizeof server) < 0 && errno != EINPROGRESS)
        die("connect");
    watch(c, EPOLL_CTL_ADD, EPOLLIN | EPOLLOUT);
}

static void ask(struct client *c, uint64_t now) {
    if (send(c->fd, request, strlen(request), MSG_NOSIGNAL) < 0) {
        ended(c, now);
        return;
    }
    c->state = ASKED;
    watch(c, EPOLL_CTL_MOD, EPOLLIN);
}

/* Return how many bytes the response takes; 0: it is not whole yet, or a refusal. */
static size_t response(struct client *c, unsigned char *data, size_t size, uint64_t now) {
    unsigned char *end_of_head = memmem(data, size, "\r\n\r\n", 4);
    if (end_of_head && size > 12 && memcmp(data + 9, "101", 3) == 0) {
        c->state = OPEN;
        truth++;
        opening_done(c, true, now);
        return (size_t)(end_of_head - data) + 4;
    }
    if (end_of_head || size > KEPT) {
        ended(c, now);
        return 0;
    }
    memcpy(c->keep, data, size);
    c->kept = (unsigned)size;
    return 0;
}

static void receive(struct client *c, uint64_t now) {
    ssize_t got = recv(c->fd, input + KEPT, READ, 0);
    if (got <= 0) {
        if (got == 0 || errno != EAGAIN) ended(c, now);
        return;
    }
    unsigned char *data = input + KEPT - c->kept;
    size_t size = (size_t)got + c->kept;
    memcpy(data, c->keep, c->kept);
    c->kept = 0;
    if (c->state == ASKED) {
        size_t head = response(c, data, size, now);
        if (head == 0) return;
        data += head;
        size -= head;
    }
    if (!frames_read(c, data, size, now)) ended(c, now);
}

void client_event(struct client *c, unsigned events, uint64_t now) {
    if (c->state == GONE) return;
    if (c->state == CONNECTING) {
        if (events & (EPOLLERR | EPOLLHUP)) ended(c, now);
        else if (events & EPOLLOUT) ask(c, now);
        return;
    }
    if (events & EPOLLOUT) client_flush(c);
    if (c->deaf && events & (EPOLLERR | EPOLLHUP)) ended(c, now);
    else if (!c->deaf && events & (EPOLLIN | EPOLLERR | EPOLLHUP)) receive(c, now);
}

static void append(struct client *c, unsigned char opcode, const void *data, size_t size) {
    c->out = realloc(c->out, c->out_size + LONGEST_HEAD + size);
    if (!c->out) die("memory");
    unsigned char *at = (unsigned char *)c->out + c->out_size, *start = at;
    *at++ = 0x80 | opcode;
    if (size < 126) {
        *at++ = (unsigned char)(0x80 | size);
    } else {
        *at++ = 0x80 | 126;
        *at++ = (unsigned char)(size >> 8);
        *at++ = (unsigned char)size;
    }
    memset(at, 0, MASK); /* masked with zeroes: the server unmasks it all the same */
    memcpy(at + MASK, data, size);
    c->out_size += (size_t)(at - start) + MASK + size;
}

void client_append(struct client *c, const char *text, size_t size) {
    append(c, 1, text, size);
}

/* Write what waits, as far as the socket takes it. */
void client_flush(struct client *c) {
    if (c->out_size == 0) return;
    ssize_t sent = send(c->fd, c->out, c->out_size, MSG_NOSIGNAL);
    if (sent < 0) sent = 0;
    c->out_size -= (size_t)sent;
    memmove(c->out, c->out + sent, c->out_size);
    if (c->state == OPEN && !c->deaf)
        watch(c, EPOLL_CTL_MOD, c->out_size ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

void client_text(struct client *c, const char *text, size_t size) {
    client_append(c, text, size);
    client_flush(c);
}

void client_pong(struct client *c, const unsigned char *payload, size_t size) {
    append(c, 10, payload, size);
    client_flush(c);
}

/* Say goodbye; the socket ends when the server answers. */
void client_leave(struct client *c) {
    truth--;
    c->state = LEAVING;
    append(c, 8, "\x03\xe8", 2);
    client_flush(c);
}

/* What the kernel does for a process that is killed. */
void client_kill(struct client *c) {
    end(c);
}

/* What a frozen process does, with a small window. */
void client_deafen(struct client *c) {
    int small = 4096;
    c->deaf = true;
    setsockopt(c->fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    watch(c, EPOLL_CTL_MOD, 0);
}
