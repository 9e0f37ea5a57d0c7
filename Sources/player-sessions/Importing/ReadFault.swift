/// Why the bytes of a file were not read to their end.
enum ReadFault: Error {
    /// The file itself: it is damaged, cannot be read, or is of a kind that is not taken; in words that follow its name.
    ///
    /// The files after it are read all the same.
    case file(String)
    /// Something other than the file; the import ends.
    case fatal(Failure)
}
