// expect: intheloop: JSON has no form for this type: use a string, a number, a time,
// expect: &seat::row
// expect-error-first
#include <intheloop/endpoint/endpoint.hpp>

#include <string>
#include <utility>

namespace loop = intheloop;

class get_seat {
public:
    explicit get_seat(std::string of_seat) : id(std::move(of_seat)) {}
    std::string id;
    using members = loop::members<&get_seat::id>;
};

struct seat;
inline constexpr loop::endpoint<loop::verb::get, "/seats/{id}", get_seat, seat> seat_of{};

struct seat {
#ifdef CONTROL
    std::string row;
#else
    std::string const* row = nullptr;
#endif
    using members = loop::members<&seat::row>;
};
