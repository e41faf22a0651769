// expect: intheloop: a placeholder of this route is the C++ name of a member: use the wire name
// expect-gcc: use_the_wire_name<intheloop::fixed_string<6>{"cardId"}>
// expect-clang: use_the_wire_name<fixed_string<6>{"cardId"}>
// expect-error-first
#include <intheloop/endpoint/endpoint.hpp>

#include <string>
#include <utility>

namespace loop = intheloop;

class get_card {
public:
    explicit get_card(std::string of_card) : card_id(std::move(of_card)) {}
    std::string card_id;
    using members = loop::members<&get_card::card_id>;
};

#ifdef CONTROL
inline constexpr loop::endpoint<loop::verb::get, "/cards/{cardId}", get_card, std::string> card{};
#else
inline constexpr loop::endpoint<loop::verb::get, "/cards/{card_id}", get_card, std::string> card{};
#endif
