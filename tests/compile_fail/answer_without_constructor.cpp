// expect: to be read, this type needs a default constructor, or one that takes its required members
// expect: comment
// expect-error-first
#include <intheloop/endpoint/endpoint.hpp>

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

class comment {
public:
#ifdef CONTROL
    comment(std::string of_id, int of_size) : id(std::move(of_id)), size(of_size) {}
#else
    comment(int of_size, std::string of_id) : id(std::move(of_id)), size(of_size) {}
#endif
    std::string id;
    int size;
    using members = loop::members<&comment::id, &comment::size>;
};

inline constexpr loop::endpoint<loop::verb::get, "/cards/{cardId}", get_card, std::vector<comment>>
    card_comments{};
