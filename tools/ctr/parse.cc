// SPDX-License-Identifier: MIT
#include "parse.h"

#include <cstring>

#include "suggest.h"
#include "text.h"

namespace cli {
namespace {

class Parser {
public:
    Parser(std::span<Option const> options, char** words, std::string_view command)
        : options_(options), words_(words), command_(command), counts_(options.size(), 0)
    {}

    CommandLine parse();

private:
    Status parse_word(char const* word);
    Status parse_long(char const* word);
    Status parse_bundle(char const* word);
    Status value_from_next_word(Option const& option, std::string_view spelling);
    void add(Option const& option, char const* value);
    Option const* find_short(char name) const;
    Problem unknown(std::string_view spelling, std::string_view name) const;
    Problem usage(std::string message) const;

    std::span<Option const> options_;
    char** words_;
    std::string_view command_;
    std::vector<unsigned> counts_;
    CommandLine line_;
};

bool is_option(char const* word) { return word[0] == '-' && word[1] != '\0'; }

bool ends_options(char const* word) { return strcmp(word, "--") == 0; }

CommandLine Parser::parse()
{
    while (*words_ != nullptr && is_option(*words_) && !line_.help) {
        char const* const word = *words_++;
        if (ends_options(word))
            break;
        if (Status status = parse_word(word); !status) {
            line_.problem = std::move(status.problem());
            break;
        }
    }
    line_.words = words_;
    return std::move(line_);
}

Status Parser::parse_word(char const* word) { return word[1] == '-' ? parse_long(word) : parse_bundle(word); }

Status Parser::parse_long(char const* word)
{
    char const* const equals = strchr(word, '=');
    std::string_view const spelling = equals == nullptr ? word : std::string_view(word, equals);
    Option const* const option = find_option(options_, spelling.substr(2));
    if (option == nullptr)
        return unknown(spelling, spelling.substr(2));
    if (!option->value.empty() && equals == nullptr)
        return value_from_next_word(*option, spelling);
    if (option->value.empty() && equals != nullptr)
        return usage("option " + quoted(spelling) + " takes no value");
    add(*option, equals == nullptr ? "" : equals + 1);
    return Done{};
}

// -i, -it, -eK=V, -e K=V, -e=K=V, -ie K=V
Status Parser::parse_bundle(char const* word)
{
    std::string_view const name = std::string_view(word + 1).substr(0, strcspn(word + 1, "="));
    if (find_option(options_, name) != nullptr) // -volume would otherwise be -v olume
        return unknown(word, name);
    for (char const* letter = word + 1; *letter != '\0'; ++letter) {
        Option const* const option = find_short(*letter);
        if (option == nullptr)
            return unknown(word, name);
        if (option->value.empty()) {
            add(*option, "");
            continue;
        }
        if (letter[1] == '\0')
            return value_from_next_word(*option, std::string{'-', *letter});
        add(*option, letter[1] == '=' ? letter + 2 : letter + 1);
        break;
    }
    return Done{};
}

Status Parser::value_from_next_word(Option const& option, std::string_view spelling)
{
    if (*words_ == nullptr || ends_options(*words_)) {
        std::string message = "option " + quoted(spelling) + " needs a value: ";
        if (spelling.substr(0, 2) != "--") {
            message += "--";
            message += option.name;
            message += ' ';
        }
        message += option.value;
        return usage(std::move(message));
    }
    add(option, *words_++);
    return Done{};
}

void Parser::add(Option const& option, char const* value)
{
    if (option.apply == nullptr) {
        line_.help = true;
        return;
    }
    auto const index = static_cast<size_t>(&option - options_.data());
    line_.uses.push_back({.option = &option, .value = value, .ordinal = ++counts_[index]});
}

Option const* Parser::find_short(char name) const
{
    for (Option const& option : options_)
        if (option.short_name == name)
            return &option;
    return nullptr;
}

Problem Parser::usage(std::string message) const
{
    std::string help = std::string(program_name) + " help";
    if (!command_.empty())
        (help += ' ') += command_;
    return {.status = exit_usage, .message = std::move(message), .hint = quoted(help) + " lists the options"};
}

Problem Parser::unknown(std::string_view spelling, std::string_view name) const
{
    Problem problem = usage("unknown option " + quoted(spelling));
    problem.subject = spelling;
    Nearest nearest(name);
    for (Option const& option : options_) {
        nearest.consider(option.name);
        nearest.consider(option.alias);
    }
    if (!nearest.found().empty())
        problem.hint = "did you mean " + quoted("--" + std::string(nearest.found())) + "?";
    return problem;
}

} // namespace

CommandLine parse(std::span<Option const> options, char** words, std::string_view command)
{
    return Parser(options, words, command).parse();
}

Option const* find_option(std::span<Option const> options, std::string_view name)
{
    if (name.empty())
        return nullptr;
    for (Option const& option : options)
        if (option.name == name || option.alias == name)
            return &option;
    return nullptr;
}

} // namespace cli
