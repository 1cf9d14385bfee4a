// SPDX-License-Identifier: MIT
#include "init.h"

#include "base/text.h"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

namespace ctr::test {

namespace {

constexpr int patience = 30000; // milliseconds; nothing takes that long unless it hangs

std::string init_path;
std::string payload_file;

Words emulator()
{
    char const* words = std::getenv("CTR_EMULATOR");
    Words out;
    for (std::string_view const word : split(words == nullptr ? "" : words, ' '))
        if (!word.empty())
            out.emplace_back(word);
    return out;
}

bool readable(int fd, int milliseconds)
{
    pollfd polled = {fd, POLLIN, 0};
    return ::poll(&polled, 1, milliseconds) > 0;
}

[[noreturn]] void become_init(int channel, std::function<void()> const& prepare)
{
    Words words = emulator();
    words.push_back(init_path);
    std::vector<char*> argv;
    for (std::string& word : words)
        argv.push_back(word.data());
    argv.push_back(nullptr);
    if (channel == plan::channel_fd) // dup2 would leave it as it is, with close-on-exec
        (void)::fcntl(channel, F_SETFD, 0);
    else
        (void)::dup2(channel, plan::channel_fd);
    prepare();
    ::execvp(argv[0], argv.data());
    ::_exit(126);
}

} // namespace

void set_programs(char const* init, char const* payload)
{
    init_path = init;
    payload_file = payload;
}

std::string payload_path() { return payload_file; }

bool emulated() { return !emulator().empty(); }

Words payload(Words words)
{
    Words out = emulator();
    out.push_back(payload_file);
    out.insert(out.end(), words.begin(), words.end());
    return out;
}

void needs_vfork()
{
    if (emulated())
        skip("the emulator's vfork does not wait for exec");
}

void needs_filters()
{
    if (emulated())
        skip("the emulator has no seccomp filters");
}

Recipe::Recipe()
{
    ops.begin_enter();
    ops.begin_setup();
    ops.begin_payload();
}

plan::Plan Recipe::seal(Words const& words) { return ops.seal({}, words, environment, search_path); }

plan::Plan Recipe::with_exec(Words const& words)
{
    ops.add(plan::OpCode::exec).exec = {
        words[0].find('/') == std::string::npos ? plan::ExecBy::search : plan::ExecBy::path, -1};
    return seal(words);
}

Fd file_of(void const* bytes, size_t size)
{
    Fd file(::memfd_create("plan", MFD_CLOEXEC));
    expect(::write(file.get(), bytes, size) == static_cast<ssize_t>(size), "no anonymous file could be written");
    return file;
}

Pipe::Pipe()
{
    int ends[2] = {-1, -1};
    expect(::pipe2(ends, O_CLOEXEC) == 0, "no pipe could be made");
    reader = Fd(ends[0]);
    writer = Fd(ends[1]);
}

std::string Pipe::all()
{
    writer.reset();
    std::string text;
    char buffer[4096];
    while (readable(reader.get(), patience)) {
        ssize_t const got = ::read(reader.get(), buffer, sizeof buffer);
        if (got <= 0)
            return text;
        text.append(buffer, static_cast<size_t>(got));
    }
    throw Failed{"the pipe was not closed; it gave " + shown(text)};
}

std::string Pipe::line()
{
    std::string text;
    char c = 0;
    while (readable(reader.get(), patience) && ::read(reader.get(), &c, 1) == 1 && c != '\n')
        text += c;
    return text;
}

bool Pipe::quiet_for(int milliseconds) const { return !readable(reader.get(), milliseconds); }

Fd pidfd_of(pid_t pid)
{
    Fd fd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    if (!fd)
        skip("pidfd_open is not available here");
    return fd;
}

Bystander::Bystander() : pid_(::fork())
{
    if (pid_ != 0)
        return;
    (void)::alarm(60);
    while (true)
        (void)::pause();
}

void Bystander::end()
{
    if (pid_ < 0)
        return;
    (void)::kill(pid_, SIGKILL); // it may have ended
    (void)::waitpid(pid_, nullptr, 0);
    pid_ = -1;
}

Init::Init(std::function<void()> const& prepare)
{
    int ends[2] = {-1, -1};
    expect(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0, "no socket pair could be made");
    channel_ = Fd(ends[0]);
    Fd const theirs(ends[1]);
    pid_ = ::fork();
    if (pid_ == 0)
        become_init(theirs.get(), prepare);
}

Init::~Init()
{
    if (pid_ < 0)
        return;
    (void)::kill(pid_, SIGKILL); // it may have ended
    (void)::waitpid(pid_, nullptr, 0);
}

void Init::send(void const* bytes, size_t size, std::vector<int> const& fds) const
{
    iovec part = {const_cast<void*>(bytes), size};
    msghdr message = {};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    std::vector<char> control(CMSG_SPACE(sizeof(int) * fds.size()));
    if (!fds.empty()) {
        message.msg_control = control.data();
        message.msg_controllen = control.size();
        cmsghdr* header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int) * fds.size());
        std::memcpy(CMSG_DATA(header), fds.data(), sizeof(int) * fds.size());
    }
    expect(::sendmsg(channel_.get(), &message, MSG_NOSIGNAL) >= 0, "a packet could not be sent");
}

void Init::launch(int host, uint64_t namespaces) const
{
    plan::LaunchPacket packet;
    packet.has_host = host >= 0 ? 1 : 0;
    packet.namespaces = namespaces;
    send(packet, std::vector<int>(packet.has_host, host));
}

void Init::start(plan::Plan const& plan, int host) const
{
    launch(host);
    Fd const image = image_of(plan);
    std::vector<int> fds = {image.get()};
    plan::StartPacket packet;
    packet.flags = plan::start_wants_maps; // so that the answer is seen
    for (plan::PassedFd const& passed : plan.passed)
        fds.push_back(passed.fd);
    send(packet, fds);
}

void Init::open_gate() const
{
    plan::PlainPacket packet;
    packet.kind = plan::PacketKind::gate;
    send(packet);
}

plan::ReportPacket Init::run(plan::Plan const& plan, int host)
{
    start(plan, host);
    expect_ready();
    open_gate();
    return report();
}

void Init::run_command(plan::Plan const& plan, int host)
{
    plan::ReportPacket const report = run(plan, host);
    if (!emulated() || report.error != EINTR)
        expect_equal(report.error, 0, "the errno of the start");
    if (emulated())
        close_channel(); // after a failure ctr-init keeps every descriptor until then
}

void Init::signal_command(int number) const
{
    plan::SignalPacket packet;
    packet.number = number;
    send(packet);
}

Packet Init::receive() const { return receive_on(channel_); }

Packet receive_on(Fd const& channel)
{
    expect(readable(channel.get(), patience), "no packet came");
    char buffer[sizeof(plan::RunningPacket)];
    iovec part = {buffer, sizeof buffer};
    msghdr message = {};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))];
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    ssize_t const got = ::recvmsg(channel.get(), &message, MSG_CMSG_CLOEXEC);
    Packet packet;
    packet.bytes.assign(buffer, got > 0 ? static_cast<size_t>(got) : 0);
    cmsghdr const* header = CMSG_FIRSTHDR(&message);
    if (header != nullptr && header->cmsg_type == SCM_RIGHTS) {
        int fd = -1;
        std::memcpy(&fd, CMSG_DATA(header), sizeof fd);
        packet.fd = Fd(fd);
    }
    return packet;
}

namespace {

template <typename T>
T packet_of(Packet const& packet, plan::PacketKind kind, char const* name)
{
    T out;
    expect_equal(packet.bytes.size(), sizeof out, (std::string("the size of the packet ") + name).c_str());
    std::memcpy(&out, packet.bytes.data(), sizeof out);
    expect_equal(static_cast<long>(out.kind), static_cast<long>(kind), "the kind of the packet");
    return out;
}

} // namespace

void Init::expect_ready() const { (void)packet_of<plan::PlainPacket>(receive(), plan::PacketKind::ready, "ready"); }

plan::ReportPacket Init::report(Fd* root) const
{
    Packet packet = receive();
    if (root != nullptr)
        *root = std::move(packet.fd);
    if (packet.bytes.size() == sizeof(plan::RunningPacket))
        packet.bytes.resize(sizeof(plan::ReportPacket)); // of a command that runs
    return packet_of<plan::ReportPacket>(packet, plan::PacketKind::report, "report");
}

plan::StatusPacket Init::status() const
{
    return packet_of<plan::StatusPacket>(receive_past_events(), plan::PacketKind::status, "status");
}

Packet Init::receive_past_events() const
{
    Packet packet = receive();
    while (packet.bytes.size() == sizeof(plan::EventPacket)) // no other has this size
        packet = receive();
    return packet;
}

plan::EventPacket Init::event() const
{
    return packet_of<plan::EventPacket>(receive(), plan::PacketKind::event, "event");
}

void Init::expect_end() const
{
    expect_equal(receive_past_events().bytes, "", "what came instead of the channel's end");
}

int Init::exit_status()
{
    Fd const pidfd = pidfd_of(pid_);
    expect(readable(pidfd.get(), patience), "ctr-init does not end");
    int status = 0;
    (void)::waitpid(pid_, &status, 0);
    pid_ = -1;
    expect(WIFEXITED(status), "ctr-init ended by signal " + std::to_string(WTERMSIG(status)));
    return WEXITSTATUS(status);
}

} // namespace ctr::test
