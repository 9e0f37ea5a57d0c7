/// The players: how active each is and where each lives.
///
/// Everything is computed from a player's number, so players take no memory.
struct Players {
    let seed: UInt64
    let count: Int
    /// Smooths the head of the distribution, so that the most active player is still plausible.
    private let shift: Double
    private let logarithmOfRatio: Double

    /// One session in this many is played abroad.
    private static let sessionsForOneAbroad: UInt64 = 50

    init(seed: UInt64, count: Int) {
        self.seed = seed
        self.count = count
        shift = max(1, Double(count) / 20)
        logarithmOfRatio = Exponentials.log2((Double(count) + shift) / shift)
    }

    /// Draws a player by activity and returns the number.
    ///
    /// Inverts a Zipf–Mandelbrot law with exponent 1, of density 1 / (number + shift): the first tenth of the players
    /// has over a third of the sessions.
    func draw(_ random: inout RandomSource) -> Int {
        let number = shift * Exponentials.power2(random.fraction() * logarithmOfRatio) - shift
        return min(count - 1, max(0, Int(number)))
    }

    /// Returns the row of the country where a player lives.
    func home(of player: Int, _ countries: Countries) -> Int {
        var random = RandomSource(seed: seed, purpose: 1, index: UInt64(player))
        return countries.draw(&random)
    }

    /// Returns the row of the country where a player is during a session.
    func country(of player: Int, session: Int, _ countries: Countries) -> Int {
        var random = RandomSource(seed: seed, purpose: 2, index: UInt64(session))
        guard random.next(below: Players.sessionsForOneAbroad) == 0 else {
            return home(of: player, countries)
        }
        return countries.draw(&random)
    }

    /// Returns the 128 bits of a player's id.
    func identity(of player: Int) -> (UInt64, UInt64) {
        var random = RandomSource(seed: seed, purpose: 3, index: UInt64(player))
        return (random.next(), random.next())
    }

    /// Returns the 128 bits of a session's id, a UUID of version 4 (RFC 9562, section 5.4).
    func sessionIdentity(of session: Int) -> (UInt64, UInt64) {
        var random = RandomSource(seed: seed, purpose: 4, index: UInt64(session))
        return (
            random.next() & ~0xF000 | 0x4000,
            random.next() & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
        )
    }
}
