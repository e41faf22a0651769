// expect: incomplete type
// expect: seat
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

#ifdef CONTROL
struct seat {
    std::string row;
    using members = loop::members<&seat::row>;
};
#else
struct seat;
#endif
inline constexpr loop::endpoint<loop::verb::get, "/seats/{id}", get_seat, seat> seat_of{};
