// SPDX-License-Identifier: MIT
// A compiled plan: the image for ctr-init, and the duties of the host while ctr-init waits at the gate.
#pragma once

#include "base/error.h"
#include "plan/image.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace ctr::plan {

// How the ids of the new user namespace are written.
struct MapDuty {
    bool needed = false;    // by the host
    bool by_init = false;   // ctr-init maps one id itself, and denies setgroups
    bool by_helper = false; // newuidmap and newgidmap instead of writing
    std::string uid_map;    // lines as uid_map(5) takes them
    std::string gid_map;
    std::string newuidmap;
    std::string newgidmap;
    std::string mode; // as the report names it
    Origin origin = {};
    Origin helpers_origin = {}; // of paths that were given
};

// What can begin before the plan is compiled: making namespaces takes longer than compiling, and goes on meanwhile.
struct Launch {
    uint64_t clone_flags = 0;      // CLONE_NEW* of ctr-init's clone
    uint64_t unshare_flags = 0;    // CLONE_NEW* that ctr-init makes while it waits for its plan
    uint64_t apart_flags = 0;      // CLONE_NEW* that a thread of ctr-init makes meanwhile
    uint64_t capabilities = 0;     // bits, of ctr-init
    bool watches_host = true;      // ctr-init gets a pidfd of the host process
    uint64_t setup_timeout_ms = 0; // 0 is none
};

// Where the descriptor of a slot comes from: it is there already, or the host makes it at each spawn.
// One that is watched is that of a standard descriptor again, and can only be looked at. A capture has three: the command's end of a pipe, ctr-init's end, and the memory that it fills.
// The last two are those of a name.
enum class FdSource : uint8_t { given, pipe, file, capture, capture_reader, capture_sink, watched, control, record };

struct PassedFd {
    FdSource source = FdSource::given;
    int fd = -1;           // given: borrowed
    int number = -1;       // pipe, file: the standard descriptor that it is for
    std::string path = {}; // file
    bool append = false;
    Origin origin = {};
};

// A mount whose flags are in the report.
struct ConfirmedMount {
    std::string target;
    uint32_t flags = 0; // ST_*, asked for
};

// What the report says of a plan. A container keeps it, and not the plan.
struct Reported {
    std::vector<std::string> created; // mount points that are made in the host's trees
    std::vector<std::string> notices; // one sentence each
    std::vector<ConfirmedMount> confirmed;
    std::vector<int> high_descriptors; // passed as numbers past 63
    uint64_t joined = 0;               // CLONE_NEW* of the namespaces that are joined
    uint64_t own = 0;                  // of those that come with the launch and with the command's fork
    bool watches_host = true;          // ctr-init is given a pidfd of the host process
    std::string members;               // what is known before the start, as JSON
};

struct Plan {
    std::vector<unsigned char> image;
    Launch launch;
    std::vector<PassedFd> passed; // in the order of the image's slots
    MapDuty map;
    uint64_t timeout_ms = 0; // the deadline and its grace, for the host's back-stop
    uint64_t kill_after_ms = 0;
    bool may_set_groups = true;                                        // of the user namespace, for further commands
    std::shared_ptr<Reported> reported = std::make_shared<Reported>(); // not changed once it is compiled

    Image const& header() const { return *reinterpret_cast<Image const*>(image.data()); }
    Op const* ops() const { return reinterpret_cast<Op const*>(image.data() + header().ops); }
    Op* ops() { return reinterpret_cast<Op*>(image.data() + header().ops); }
    uint32_t op_count() const { return header().payload.first + header().payload.count; }
    char const* text(Text at) const { return at.at == 0 ? "" : reinterpret_cast<char const*>(image.data() + at.at); }
};

// What serves one wish: the words for its errors.
struct About {
    Step step = Step::none;
    Origin origin = {};
    std::string subject = {};
    std::string message = {};
};

// Puts operations and texts together. Operations belong to the section that was begun last, and to the wish that
// `about` named last.
class Builder {
public:
    Builder();

    void begin_enter()
    {
        section_ = &image_.enter;
        image_.enter.first = count();
    }
    void begin_setup()
    {
        section_ = &image_.setup;
        image_.setup.first = count();
    }
    void begin_payload()
    {
        section_ = &image_.payload;
        image_.payload.first = count();
    }

    void about(About const& about);
    // The subject of the operations that follow, until about() or subject() is called again.
    void subject(std::string_view subject) { subject_ = text(subject); }

    Text text(std::string_view bytes);
    Text blob(void const* bytes, size_t size, size_t alignment);

    Slot slot();                                                                                          // a free one
    int32_t slots() const { return static_cast<int32_t>(used_.empty() ? passed_.size() : used_.size()); } // at once
    void release(Slot slot);

    // Appends an operation; the caller fills its operands.
    Op& add(OpCode code, int32_t accept = 0);

    Slot pass(PassedFd passed); // its slot
    uint32_t pass_fd(int fd) { return static_cast<uint32_t>(pass({FdSource::given, fd})); }
    Supervision& supervision() { return image_.supervision; }
    void open_offsets(Slot slot) { image_.offsets_slot = slot; }

    // To come back to a subject after operations with others.
    Text current_subject() const { return subject_; }
    void resume_subject(Text subject) { subject_ = subject; }

    Plan seal(Plan plan, std::vector<std::string> const& argv, std::vector<std::string> const& env,
              std::string_view search_path);

private:
    uint32_t count() const { return static_cast<uint32_t>(ops_.size()); }

    Image image_;
    Section* section_ = &image_.enter;
    std::vector<Op> ops_;
    std::vector<unsigned char> bytes_; // of texts, placed after the header
    std::vector<PassedFd> passed_;
    std::vector<bool> used_;
    uint8_t step_ = 0;
    Origin origin_ = {};
    Text subject_ = {};
    Text message_ = {};
};

} // namespace ctr::plan
