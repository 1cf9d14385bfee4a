// SPDX-License-Identifier: MIT
#include "altered.h"

#include "diagnose/diagnose.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

namespace fault {

using ctr::Step;
using ctr::plan::Image;
using ctr::plan::Op;
using ctr::plan::OpCode;
using ctr::plan::Plan;
using ctr::plan::Section;
using ctr::plan::Slot;
using ctr::plan::Text;

namespace {

constexpr auto no_such_op = static_cast<ctr::plan::OpCode>(0xffff);
constexpr int index_mark = 1000; // an index of a call that nobody made tells the operations apart
constexpr uint32_t inserted = 2;

Text append_text(std::vector<unsigned char>& image, char const* text)
{
    Text const at{static_cast<uint32_t>(image.size())};
    image.insert(image.end(), text, text + std::strlen(text) + 1);
    return at;
}

// About the same as the operation before which it stands.
Op open_op(Op const& like, Text name, int flags, Slot slot)
{
    Op op = like;
    op.code = OpCode::open_at;
    op.accept = 0;
    op.open_at = {0, name, static_cast<uint32_t>(flags | O_CLOEXEC), 0666, slot};
    return op;
}

void make_room(Section& section, uint32_t before)
{
    if (section.first > before)
        section.first += inserted;
    else if (section.first + section.count > before)
        section.count += inserted;
}

} // namespace

Plan broken(Plan const& plan, uint32_t i)
{
    Plan copy = plan;
    for (uint32_t k = 0; k < copy.op_count(); k++)
        copy.ops()[k].index = index_mark + static_cast<int32_t>(k);
    copy.ops()[i].code = no_such_op;
    copy.ops()[i].accept = 0;
    return copy;
}

bool is_error_of(Plan const& plan, uint32_t i, ctr::Error const& error)
{
    Op const& op = plan.ops()[i];
    bool fine = true;
    auto const check = [&](bool condition, char const* what) {
        fine &= expect(condition, "operation %u: %s", i, what) != 0;
    };
    check(error.origin.index == index_mark + static_cast<int32_t>(i), "the error is that of another operation");
    check(error.sys == ENOSYS && error.code != ctr::Code::none, "the error has another errno");
    check(error.step != Step::none && error.step == static_cast<Step>(op.step), "the error has another step, or none");
    check(error.subject == plan.text(op.subject) && !error.subject.empty(), "the error has another subject, or none");
    check(error.message == plan.text(op.message) && !error.message.empty(), "the error has another message, or none");
    if (!fine)
        std::printf("  operation %u: %s: %s: %s (errno %d, index %d)\n", i, ctr::diagnose::step_name(error.step),
                    error.subject.c_str(), error.message.c_str(), error.sys, error.origin.index);
    return fine;
}

Plan stopping(Plan const& plan, uint32_t i)
{
    Plan copy = plan;
    std::vector<Op> ops(plan.ops(), plan.ops() + plan.op_count());
    Text const mark = append_text(copy.image, "mark");
    Text const pipe = append_text(copy.image, "pipe");
    Op const like = ops[i];
    auto const own = static_cast<Slot>(plan.header().slot_count);
    ops.insert(ops.begin() + i, {open_op(like, mark, O_WRONLY | O_CREAT, own), open_op(like, pipe, O_RDONLY, own)});
    copy.image.resize((copy.image.size() + alignof(Op) - 1) / alignof(Op) * alignof(Op));
    uint64_t const at = copy.image.size();
    auto const* bytes = reinterpret_cast<unsigned char const*>(ops.data());
    copy.image.insert(copy.image.end(), bytes, bytes + ops.size() * sizeof(Op));
    uint64_t const slots = copy.image.size();
    copy.image.resize(slots + 2 * sizeof(int32_t) * (plan.header().slot_count + 1), 0xff);
    auto& header = *reinterpret_cast<Image*>(copy.image.data());
    header.ops = at;
    header.slots = slots;
    header.slot_count = plan.header().slot_count + 1;
    header.size = static_cast<uint32_t>(copy.image.size());
    for (Section* section : {&header.enter, &header.setup, &header.payload})
        make_room(*section, i);
    return copy;
}

bool reaches_mark(fault::World const& world)
{
    std::string const mark = world.path("sources/stop/mark");
    for (int round = 0; round < 5000; round++) {
        if (::access(mark.c_str(), F_OK) == 0) {
            sleep_ms(3); // from the mark to the pipe
            return ::unlink(mark.c_str()) == 0;
        }
        sleep_ms(1);
    }
    return false;
}

} // namespace fault
