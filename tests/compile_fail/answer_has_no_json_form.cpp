// expect: intheloop: JSON has no form for this type: use a string, a number, a time,
// expect: std::map<std::string, T>
// expect: &comment::author
// expect-error-first
#include <intheloop/endpoint/endpoint.hpp>

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace loop = intheloop;

class get_card {
public:
    explicit get_card(std::string of_card) : card_id(std::move(of_card)) {}
    std::string card_id;
    using members = loop::members<&get_card::card_id>;
};

// Of a type that holds itself.
struct comment {
    std::vector<comment> answers;
#ifdef CONTROL
    std::map<std::string, std::string> author;
#else
    std::map<int, std::string> author;
#endif
    using members = loop::members<&comment::answers, &comment::author>;
};

// It is enough to declare it.
inline constexpr loop::endpoint<loop::verb::get, "/cards/{cardId}", get_card, std::vector<comment>>
    card_comments{};
