// expect: intheloop: this open_enum has more texts than its value_type has numbers
// expect-error-first
#include <intheloop/endpoint/open_enum.hpp>

#include <array>
#include <cstdint>
#include <string_view>

namespace loop = intheloop;

class color : public loop::open_enum<color> {
public:
#ifdef CONTROL
    enum value_type : std::uint16_t{unknown, red};
#else
    enum value_type : std::uint8_t { unknown, red };
#endif
    static constexpr std::array<std::string_view, 256> texts{"Red"};
    color() = default;
    color(value_type value) : open_enum(value) {}
};

bool is_red(std::string_view text) {
    return color::from_text(text) == color::red;
}
