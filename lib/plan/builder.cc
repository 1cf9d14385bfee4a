// SPDX-License-Identifier: MIT
#include "plan/plan.h"

#include <cstring>

namespace ctr::plan {

namespace {

constexpr size_t aligned(size_t offset, size_t alignment) { return (offset + alignment - 1) / alignment * alignment; }

uint64_t append_vector(std::vector<unsigned char>& image, std::vector<uint64_t> const& words)
{
    image.resize(aligned(image.size(), sizeof(uint64_t)));
    uint64_t const at = image.size();
    auto const* bytes = reinterpret_cast<unsigned char const*>(words.data());
    image.insert(image.end(), bytes, bytes + words.size() * sizeof(uint64_t));
    return at;
}

} // namespace

// A usual plan has 234 operations and 3 KiB of texts: neither moves while it grows.
Builder::Builder()
{
    ops_.reserve(320);
    bytes_.reserve(6144);
}

void Builder::about(About const& about)
{
    step_ = static_cast<uint8_t>(about.step);
    origin_ = about.origin;
    subject_ = text(about.subject);
    message_ = text(about.message);
}

Text Builder::text(std::string_view bytes)
{
    Text const at{static_cast<uint32_t>(sizeof(Image) + bytes_.size())};
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
    bytes_.push_back(0);
    return at;
}

Text Builder::blob(void const* bytes, size_t size, size_t alignment)
{
    bytes_.resize(aligned(sizeof(Image) + bytes_.size(), alignment) - sizeof(Image));
    return text({static_cast<char const*>(bytes), size});
}

// Passed descriptors have the low slots; all of them are known before the first slot is asked for.
Slot Builder::slot()
{
    if (used_.empty())
        used_.assign(passed_.size(), true);
    for (size_t i = 0; i < used_.size(); i++)
        if (!used_[i]) {
            used_[i] = true;
            return static_cast<Slot>(i);
        }
    used_.push_back(true);
    return static_cast<Slot>(used_.size() - 1);
}

void Builder::release(Slot slot)
{
    add(OpCode::close_slot).one_slot = {slot};
    used_[static_cast<size_t>(slot)] = false;
}

Op& Builder::add(OpCode code, int32_t accept)
{
    Op op;
    op.code = code;
    op.step = step_;
    op.call = static_cast<uint8_t>(origin_.call);
    op.index = origin_.index;
    op.accept = accept;
    op.subject = subject_;
    op.message = message_;
    ops_.push_back(op);
    section_->count++;
    return ops_.back();
}

Slot Builder::pass(PassedFd passed)
{
    passed_.push_back(std::move(passed));
    return static_cast<Slot>(passed_.size() - 1);
}

Plan Builder::seal(Plan plan, std::vector<std::string> const& argv, std::vector<std::string> const& env,
                   std::string_view search_path)
{
    auto const texts_of = [this](std::vector<std::string> const& strings) {
        std::vector<uint64_t> words;
        for (std::string const& string : strings)
            words.push_back(text(string).at);
        words.push_back(0);
        return words;
    };
    std::vector<uint64_t> const arguments = texts_of(argv);
    std::vector<uint64_t> const environment = texts_of(env);
    image_.search_path = text(search_path);
    image_.argument_count = static_cast<uint32_t>(argv.size());
    image_.environment_count = static_cast<uint32_t>(env.size());
    image_.passed_fds = static_cast<uint32_t>(passed_.size());
    image_.slot_count = static_cast<uint32_t>(slots());
    size_t const slots_size = image_.slot_count * sizeof(int32_t);
    std::vector<unsigned char>& image = plan.image;
    image.reserve(sizeof(Image) + bytes_.size() + (arguments.size() + environment.size()) * sizeof(uint64_t) +
                  ops_.size() * sizeof(Op) + 2 * slots_size + 2 * alignof(Op));
    image.resize(sizeof(Image));
    image.insert(image.end(), bytes_.begin(), bytes_.end());
    image_.arguments = append_vector(image, arguments);
    image_.environment = append_vector(image, environment);
    image_.slots = image.size();
    image.resize(image.size() + 2 * slots_size, 0xff); // -1: empty
    image.resize(aligned(image.size(), alignof(Op)));
    image_.ops = image.size();
    auto const* ops = reinterpret_cast<unsigned char const*>(ops_.data());
    image.insert(image.end(), ops, ops + ops_.size() * sizeof(Op));
    image_.size = static_cast<uint32_t>(image.size());
    std::memcpy(image.data(), &image_, sizeof image_);
    plan.passed = passed_;
    return plan;
}

} // namespace ctr::plan
