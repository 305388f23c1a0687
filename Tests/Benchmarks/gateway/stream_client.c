// Reads many paced streams at once and says how long their chunks were on the way.
//
//   stream_client PORT STREAMS WARMUP_SECONDS SECONDS
//
// Prints: chunks, transit p50 and p99 in microseconds, and reads. Says "reading" when the measured time begins.
#include "loopback.h"

enum { carry_max = 64, samples_max = 8 << 20, descriptors_max = 65536 };

static uint32_t samples[samples_max];
static struct {
    char bytes[carry_max];
    int count;
} carries[descriptors_max];

static int by_value(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv) {
    must(argc == 5, "usage: stream_client PORT STREAMS WARMUP_SECONDS SECONDS");
    int port = atoi(argv[1]), streams = atoi(argv[2]), epoll = epoll_create1(0);
    static const char mark[] = "\"content\":\"@";
    const int digits = 19, whole = sizeof mark - 1 + digits;
    for (int index = 0; index < streams; index++) {
        int fd = connect_to(port);
        send_request(fd, "streams", 1);
        set_non_blocking(fd);
        epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &(struct epoll_event){.events = EPOLLIN, .data.fd = fd});
        usleep(500);
    }
    int64_t begin = now_ns() + (int64_t)(atof(argv[3]) * 1e9), end = begin + (int64_t)(atof(argv[4]) * 1e9);
    size_t count = 0, reads = 0;
    int has_begun = 0;
    for (int64_t now = now_ns(); now < end; now = now_ns()) {
        if (!has_begun && now >= begin) {
            has_begun = 1;
            puts("reading");
            fflush(stdout);
        }
        struct epoll_event events[256];
        int ready = epoll_wait(epoll, events, 256, 10);
        for (int index = 0; index < ready; index++) {
            int fd = events[index].data.fd;
            char buffer[65536 + carry_max];
            int carried = carries[fd].count;
            memcpy(buffer, carries[fd].bytes, carried);
            ssize_t received = read(fd, buffer + carried, 65536);
            int64_t arrival = now_ns();
            if (received < 0 && errno == EAGAIN) continue;
            must(received > 0, "a stream ended");
            char *at = buffer, *stop = buffer + carried + received, *found;
            while ((found = memmem(at, stop - at, mark, sizeof mark - 1)) && stop - found >= whole) {
                int64_t sent = strtoll(found + sizeof mark - 1, NULL, 10);
                if (arrival >= begin && count < samples_max) samples[count++] = (uint32_t)(arrival - sent);
                at = found + whole;
            }
            if (arrival >= begin) reads++;
            // What may be the start of a mark is kept for the next read.
            carries[fd].count = stop - at < carry_max ? stop - at : carry_max;
            memcpy(carries[fd].bytes, stop - carries[fd].count, carries[fd].count);
        }
    }
    must(count > 0, "no chunk came");
    qsort(samples, count, sizeof *samples, by_value);
    printf("%zu %.1f %.1f %zu\n", count, samples[count / 2] / 1e3, samples[count / 100 * 99] / 1e3, reads);
}
