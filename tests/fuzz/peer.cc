// SPDX-License-Identifier: MIT
// Who attaches to a named container and talks nonsense to its ctr-init, which goes on, and answers others.
//
// A container runs beside the fuzzer. The input is a list of packets, as that of packets.cc is.
#include <ctr/ctr.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <vector>

namespace {

constexpr size_t most_packets = 16;
constexpr unsigned between_looks = 64; // at the container
constexpr uint32_t signal_packet = 5;
constexpr int harmless = 18; // SIGCONT: others would end the command, as they should

[[noreturn]] void give_up(char const* what, ctr_error* error)
{
    constexpr int skipped = 77;
    bool const forbidden = ctr_error_code(error) == CTR_ERR_DENIED || ctr_error_code(error) == CTR_ERR_LIMIT;
    std::fprintf(stderr, "%s: %s\n", what, ctr_error_message(error));
    if (!forbidden)
        std::abort();
    std::_Exit(skipped);
}

struct World {
    std::string state;
    ctr_container* container = nullptr;
};

World begin()
{
    char const* const base = std::getenv("TMPDIR");
    World world;
    world.state = std::string(base == nullptr ? "/tmp" : base) + "/names-of-peer";
    ctr_config* const config = ctr_config_new();
    char const* const words[] = {"sleep", "100000", nullptr};
    (void)ctr_config_set_command(config, words);
    (void)ctr_config_set_name(config, "box", CTR_NAME_REMOVE);
    (void)ctr_config_set_state_directory(config, world.state.c_str());
    ctr_error* error = nullptr;
    if (ctr_spawn(config, &world.container, &error) != 0)
        give_up("no container can be started here", error);
    ctr_config_free(config);
    return world;
}

World& world()
{
    static World made = begin();
    return made;
}

int connected()
{
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    std::string const path = world().state + "/box/control";
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    int const peer = ::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (::connect(peer, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
        std::abort();
    char byte = 0;
    if (::recv(peer, &byte, 1, 0) != 1) // who it is; the descriptor that comes along is not taken
        std::abort();
    return peer;
}

bool send_one(int peer, unsigned char const* data, size_t size, size_t count)
{
    std::string bytes(reinterpret_cast<char const*>(data), size);
    uint32_t kind = 0;
    std::memcpy(&kind, bytes.data(), std::min(size, sizeof kind));
    if (kind == signal_packet && size >= sizeof kind + sizeof harmless)
        std::memcpy(bytes.data() + sizeof kind, &harmless, sizeof harmless);
    iovec part = {bytes.data(), bytes.size()};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * 4)] = {};
    msghdr message = {};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    if (count > 0) {
        message.msg_control = control;
        message.msg_controllen = CMSG_SPACE(sizeof(int) * count);
        *CMSG_FIRSTHDR(&message) = {CMSG_LEN(sizeof(int) * count), SOL_SOCKET, SCM_RIGHTS};
        std::fill_n(reinterpret_cast<int*>(CMSG_DATA(CMSG_FIRSTHDR(&message))), count, peer);
    }
    return ::sendmsg(peer, &message, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0;
}

void expect_well()
{
    ctr_container* found = nullptr;
    ctr_error* error = nullptr;
    ctr_info info = CTR_INFO_INIT;
    if (ctr_open(world().state.c_str(), "box", 0, &found, &error) != 0)
        give_up("it does not answer any more", error);
    if (ctr_container_info(found, &info, nullptr) != 0 ||
        (info.state != CTR_STATE_RUNNING && info.state != CTR_STATE_PAUSED))
        std::abort();
    ctr_container_free(found);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(unsigned char const* data, size_t size)
{
    static unsigned rounds = 0;
    int const peer = connected();
    for (size_t count = 0; size >= 2 && count < most_packets; ++count) {
        size_t const length = std::min<size_t>(data[1] % 80, size - 2);
        if (!send_one(peer, data + 2, length, data[0] % 4))
            break; // ctr-init has hung up
        data += 2 + length;
        size -= 2 + length;
    }
    (void)::close(peer);
    if (++rounds % between_looks == 0)
        expect_well();
    return 0;
}
