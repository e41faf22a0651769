// expect: to be read, this type needs a default constructor, or one that takes its required members
// expect-error-first
#include <intheloop/codec/detail/json_decode.hpp>

#include <string>

class card {
public:
#ifdef CONTROL
    card(std::string of_id, int of_size) : id(of_id), size(of_size) {}
#else
    card(int of_size, std::string of_id) : id(of_id), size(of_size) {}
#endif
    std::string id;
    int size;
    using members = intheloop::members<&card::id, &card::size>;
};

#ifdef CONTROL
card read(std::string const& text) {
    card made("", 0);
#else
card read(std::string const& text) {
    card made(0, "");
#endif
    (void)intheloop::codec::decode_json(text, made);
    return made;
}
