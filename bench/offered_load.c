// Offers live traffic at a fixed rate, and measures each answer from the moment its request was due.
//
//   offered_load PORT REQUESTS_PER_SECOND SECONDS CONNECTIONS QUERIES_PER_SECOND
//
// A load that waits for answers before it sends more hides what a stall costs: nothing is sent meanwhile. Here request
// number k is due at k / rate, whatever happened before, and waits for a free connection if there is none. With a rate of
// 0 each connection sends as soon as it has its answer. The batches are those of live.lua: ten events, half of them starts
// of new sessions, half ends of sessions that began some thousand requests before. Queries, counts and tops in turn, are due
// at their own rate on connections of their own. Where the environment has LATE_SHARE, that share of the starts, from 0 to 1,
// is late, by up to LATE_DAYS (14) days; COUNT_HOURS, as in "24 336", says of how many hours counts are.
//
// Prints one line of JSON: batches and queries with their quantiles in milliseconds, and the longest stalls: stretches in
// which no batch was answered, as [second, milliseconds].
//
// In C, because on two cores the load must leave the service as much of them as it can.

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MAXIMUM_CONNECTIONS = 1024, QUERY_CONNECTIONS = 4, EVENTS = 10, BODY_BYTES = 4096, ANSWER_BYTES = 65536, STALLS = 5 };

static int64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

static void fail(const char *what) {
    perror(what);
    exit(1);
}

// A histogram of nanoseconds with 64 buckets for each power of two: 1.6 % wide.

typedef struct {
    uint64_t counts[64 * 64];
    uint64_t total;
    int64_t longest;
} Histogram;

static int bucket_of(int64_t value) {
    if (value < 64) return value < 0 ? 0 : (int)value;
    int exponent = 63 - __builtin_clzll((uint64_t)value);
    return (exponent - 5) * 64 + (int)((value >> (exponent - 6)) & 63);
}

static int64_t value_of(int bucket) {
    if (bucket < 64) return bucket;
    return (int64_t)(64 + bucket % 64) << (bucket / 64 - 1);
}

static void add(Histogram *histogram, int64_t value) {
    histogram->counts[bucket_of(value)]++;
    histogram->total++;
    if (value > histogram->longest) histogram->longest = value;
}

static double quantile(const Histogram *histogram, double share) {
    uint64_t rank = (uint64_t)(share * (double)histogram->total), seen = 0;
    for (int bucket = 0; bucket < 64 * 64; bucket++) {
        seen += histogram->counts[bucket];
        if (seen > rank) return (double)value_of(bucket) / 1e6;
    }
    return (double)histogram->longest / 1e6;
}

static void print(const char *name, const Histogram *histogram) {
    printf("\"%s\": {\"answers\": %lu, \"p50\": %.3f, \"p90\": %.3f, \"p99\": %.3f, \"p99.9\": %.3f, \"longest\": %.3f}",
           name, histogram->total, quantile(histogram, 0.5), quantile(histogram, 0.9), quantile(histogram, 0.99),
           quantile(histogram, 0.999), (double)histogram->longest / 1e6);
}

// Requests.

static uint32_t run_number;

static void put_hex(char *at, uint32_t value) {
    for (int digit = 7; digit >= 0; digit--, value >>= 4) at[digit] = "0123456789abcdef"[value & 15];
}

static double late_share, late_seconds = 14 * 86400;
static int count_hours[16] = {1, 24, 24 * 30, 24 * 365}, count_windows = 4;

// A number from 0 to 1 that follows from another, by the finaliser of MurmurHash3.
static double fraction_of(uint64_t value) {
    value = (value ^ (value >> 33)) * UINT64_C(0xff51afd7ed558ccd);
    value = (value ^ (value >> 33)) * UINT64_C(0xc4ceb9fe1a85ec53);
    return (double)((value ^ (value >> 33)) >> 11) / 9007199254740992.0;
}

static void put_time(char *at, time_t second) {
    struct tm parts;
    strftime(at, 20, "%Y-%m-%dT%H:%M:%S", gmtime_r(&second, &parts));
}

static void read_environment(void) {
    const char *share = getenv("LATE_SHARE"), *days = getenv("LATE_DAYS"), *hours = getenv("COUNT_HOURS");
    if (share) late_share = atof(share);
    if (days) late_seconds = atof(days) * 86400;
    if (!hours) return;
    char *rest = (char *)hours;
    for (count_windows = 0; count_windows < 16 && *rest; count_windows++) count_hours[count_windows] = (int)strtol(rest, &rest, 10);
}

static uint32_t mixed(uint64_t session) { return (uint32_t)session * UINT32_C(1664525) + UINT32_C(1013904223); }

static size_t make_batch(uint64_t number, char *request) {
    static const char *const countries[] = {"US", "US", "US", "CN", "CN", "JP", "DE", "DE",
                                            "BR", "FR", "GB", "IN", "KR", "FI", "SE", "MX"};
    enum { LAG = 3000 };
    static char text[64];
    static time_t second;
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    if (time.tv_sec != second) {
        second = time.tv_sec;
        put_time(text, second);
    }
    char body[BODY_BYTES];
    char *at = body;
    for (int i = 0; i < EVENTS; i++) {
        int is_start = i < EVENTS / 2;
        uint64_t session = is_start ? number * 5 + (uint64_t)i : (number - LAG) * 5 + (uint64_t)i - 5;
        uint32_t place = mixed(session);
        char player[9] = {0}, id[9] = {0};
        put_hex(player, place * UINT32_C(69069) % 1048576);
        put_hex(id, place);
        char late[20], *stamp = text;
        uint64_t chance = session << 16 | run_number;
        if (is_start && late_share > 0 && fraction_of(chance) < late_share) {
            put_time(late, second - (time_t)(fraction_of(~chance) * late_seconds));
            stamp = late;
        }
        at += sprintf(at, "{\"event\": ");
        at += is_start ? sprintf(at, "\"start\", \"country\": \"%s\"", countries[place % 16]) : sprintf(at, "\"end\"");
        at += sprintf(at,
                      ", \"player_id\": \"%s000000000000000000000000\", \"session_id\": \"%s-%04x-4aff-ba55-67563dfa35d4\", "
                      "\"ts\": \"%s.%06u\"}\n",
                      player, id, run_number, stamp, (unsigned)((number * EVENTS + (uint64_t)i) % 1000000));
    }
    int length = (int)(at - body);
    int head = sprintf(request, "POST /batchevents HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n", length);
    memcpy(request + head, body, (size_t)length);
    return (size_t)(head + length);
}

static size_t make_query(uint64_t number, uint64_t batches, char *request) {
    if (number % 2) {
        return (size_t)sprintf(request, "GET /queryevents/count?num_of_hours=%d HTTP/1.1\r\nHost: localhost\r\n\r\n",
                               count_hours[number / 2 % (uint64_t)count_windows]);
    }
    char player[9] = {0};
    uint64_t session = batches ? (number * UINT64_C(2654435761) % batches) * 5 : 0;
    put_hex(player, mixed(session) * UINT32_C(69069) % 1048576);
    return (size_t)sprintf(request,
                           "GET /queryevents/topn?player_id=%s000000000000000000000000 HTTP/1.1\r\nHost: localhost\r\n\r\n",
                           player);
}

// Connections: a request at a time on each.

typedef struct {
    int socket;
    int is_query;
    int is_count;
    int is_waiting;
    int64_t due;
    char answer[ANSWER_BYTES];
    size_t filled;
} Connection;

static Connection *free_batches[MAXIMUM_CONNECTIONS], *free_queries[QUERY_CONNECTIONS];
static int free_batch_count, free_query_count;
static Histogram batches, counts, tops;
static uint64_t failures;
static int64_t begin, last_answer;
static int port, epoll;
static double stalls[STALLS][2];

static void note_stall(int64_t from, int64_t to) {
    double length = (double)(to - from) / 1e6;
    int least = 0;
    for (int i = 1; i < STALLS; i++)
        if (stalls[i][1] < stalls[least][1]) least = i;
    if (length <= stalls[least][1]) return;
    stalls[least][0] = (double)(from - begin) / 1e9;
    stalls[least][1] = length;
}

static void open_connection(Connection *connection, int is_query) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int one = 1;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connection->socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(connection->socket, (struct sockaddr *)&address, sizeof address) != 0) fail("connect");
    setsockopt(connection->socket, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    connection->is_query = is_query;
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, connection->socket, &event) != 0) fail("epoll_ctl");
}

// A request fits into the socket's buffer, since it is the only one: sending does not wait.
static void send_request(Connection *connection, const char *request, size_t length, int64_t due) {
    connection->due = due;
    connection->filled = 0;
    connection->is_waiting = 1;
    if (send(connection->socket, request, length, MSG_NOSIGNAL) != (ssize_t)length) fail("send");
}

static void take_answer(Connection *connection, int status, int64_t at) {
    connection->is_waiting = 0;
    if (status != 200) failures++;
    if (connection->is_query) {
        add(connection->is_count ? &counts : &tops, at - connection->due);
        free_queries[free_query_count++] = connection;
        return;
    }
    add(&batches, at - connection->due);
    // Where nothing was due there is no stall.
    int64_t from = last_answer > connection->due ? last_answer : connection->due;
    if (at > from) note_stall(from, at);
    last_answer = at;
    free_batches[free_batch_count++] = connection;
}

static void receive(Connection *connection) {
    ssize_t count = recv(connection->socket, connection->answer + connection->filled,
                         ANSWER_BYTES - 1 - connection->filled, MSG_DONTWAIT);
    if (count <= 0) {
        if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
        // One that nothing was sent on for a while may be closed, and any client opens another.
        if (connection->is_waiting) fail("the service closed a connection");
        close(connection->socket);
        open_connection(connection, connection->is_query);
        return;
    }
    connection->filled += (size_t)count;
    connection->answer[connection->filled] = 0;
    char *body = strstr(connection->answer, "\r\n\r\n");
    if (!body) return;
    char *field = strcasestr(connection->answer, "\r\ncontent-length:");
    size_t length = field && field < body ? strtoul(field + 17, NULL, 10) : 0;
    if (connection->filled < (size_t)(body + 4 - connection->answer) + length) return;
    take_answer(connection, atoi(connection->answer + 9), now());
}

int main(int count, char **values) {
    if (count != 6) {
        fprintf(stderr, "usage: %s PORT REQUESTS_PER_SECOND SECONDS CONNECTIONS QUERIES_PER_SECOND\n", values[0]);
        return 2;
    }
    int connection_count = atoi(values[4]);
    port = atoi(values[1]);
    double rate = atof(values[2]), seconds = atof(values[3]), query_rate = atof(values[5]);
    if (connection_count < 1 || connection_count > MAXIMUM_CONNECTIONS) return 2;
    read_environment();
    run_number = (uint32_t)now() & 0xffff;
    epoll = epoll_create1(EPOLL_CLOEXEC);
    Connection *all = calloc((size_t)connection_count + QUERY_CONNECTIONS, sizeof *all);
    for (int i = 0; i < connection_count; i++) {
        open_connection(&all[i], 0);
        free_batches[free_batch_count++] = &all[i];
    }
    for (int i = 0; i < QUERY_CONNECTIONS; i++) {
        open_connection(&all[connection_count + i], 1);
        free_queries[free_query_count++] = &all[connection_count + i];
    }
    uint64_t sent = 0, asked = 0;
    char request[2 * BODY_BYTES];
    begin = last_answer = now();
    int64_t end = begin + (int64_t)(seconds * 1e9);
    for (;;) {
        int64_t at = now(), next = end;
        if (at >= end) break;
        while (free_batch_count > 0) {
            int64_t due = rate > 0 ? begin + (int64_t)((double)sent / rate * 1e9) : at;
            if (due > at) {
                if (due < next) next = due;
                break;
            }
            size_t length = make_batch(sent++, request);
            send_request(free_batches[--free_batch_count], request, length, rate > 0 ? due : now());
        }
        while (free_query_count > 0 && query_rate > 0) {
            int64_t due = begin + (int64_t)((double)asked / query_rate * 1e9);
            if (due > at) {
                if (due < next) next = due;
                break;
            }
            Connection *connection = free_queries[--free_query_count];
            connection->is_count = asked % 2 == 1;
            size_t length = make_query(asked++, sent, request);
            send_request(connection, request, length, due);
        }
        struct epoll_event events[256];
        int64_t wait = next - now();
        struct timespec timeout = {.tv_sec = wait / 1000000000, .tv_nsec = wait % 1000000000};
        if (wait < 0) timeout = (struct timespec){0};
        int ready = epoll_pwait2(epoll, events, 256, &timeout, NULL);
        for (int i = 0; i < ready; i++) receive(events[i].data.ptr);
    }
    // What was due and never answered counts with the time that it has waited: a stall at the end must not be lost.
    for (int i = 0; i < connection_count; i++) {
        int is_free = 0;
        for (int j = 0; j < free_batch_count; j++) is_free |= free_batches[j] == &all[i];
        if (!is_free) add(&batches, now() - all[i].due);
    }
    if (rate > 0)
        for (uint64_t k = sent; begin + (int64_t)((double)k / rate * 1e9) < end; k++)
            add(&batches, end - begin - (int64_t)((double)k / rate * 1e9));
    printf("{\"seconds\": %.3f, \"failures\": %lu, ", (double)(now() - begin) / 1e9, failures);
    print("batches", &batches);
    printf(", ");
    print("counts", &counts);
    printf(", ");
    print("tops", &tops);
    printf(", \"stalls\": [");
    for (int i = 0; i < STALLS; i++) printf("%s[%.3f, %.1f]", i ? ", " : "", stalls[i][0], stalls[i][1]);
    printf("]}\n");
}
