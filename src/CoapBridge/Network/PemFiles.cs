using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CoapBridge.Options;

namespace CoapBridge.Network;

/// <summary>Reads certificates and keys from PEM files; what is wrong becomes an error under the key that named the file.</summary>
internal static class PemFiles
{
    private const long MaxBytes = 1 << 20;

    /// <summary>All certificates of a file, in their order; empty when there was an error.</summary>
    public static X509Certificate2Collection Certificates(string key, string path, ICollection<OptionsError> errors)
    {
        var certificates = new X509Certificate2Collection();
        if (ReadText(key, path, errors) is not { } text)
        {
            return certificates;
        }

        try
        {
            certificates.ImportFromPem(text);
        }
        catch (CryptographicException exception)
        {
            errors.Add(new OptionsError(key, $"holds a certificate that cannot be read: {exception.Message}", path));
            return [];
        }

        if (certificates.Count == 0)
        {
            errors.Add(new OptionsError(key, "holds no certificate; a PEM file with BEGIN CERTIFICATE is needed", path));
        }

        return certificates;
    }

    /// <summary>The ECDSA key of a file or, with a <c>pkcs11:</c> URI, of a token; or null when there was an error. The file must be closed to other users.</summary>
    public static ECDsa? PrivateKey(string key, string path, ICollection<OptionsError> errors)
    {
        if (Pkcs11Key.IsUri(path))
        {
            return Pkcs11Key.Open(key, path, errors);
        }

        if (ReadText(key, path, errors) is not { } text)
        {
            return null;
        }

        const UnixFileMode others = UnixFileMode.OtherRead | UnixFileMode.OtherWrite;
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & others) != 0)
        {
            errors.Add(new OptionsError(key, "can be read or written by every user; close it with chmod o-rw (0600 or 0640)", path));
            return null;
        }

        if (text.Contains("BEGIN ENCRYPTED", StringComparison.Ordinal) || text.Contains("4,ENCRYPTED", StringComparison.Ordinal))
        {
            errors.Add(new OptionsError(key, "is encrypted; an unencrypted PEM key, closed by file permissions, is needed", path));
            return null;
        }

        var ecdsa = ECDsa.Create();
        try
        {
            ecdsa.ImportFromPem(text);
            return ecdsa;
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            ecdsa.Dispose();
            errors.Add(new OptionsError(key, "holds no single EC private key; a PEM file with one P-256 key is needed", path));
            return null;
        }
    }

    private static string? ReadText(string key, string path, ICollection<OptionsError> errors)
    {
        try
        {
            if (new FileInfo(path).Length > MaxBytes)
            {
                errors.Add(new OptionsError(key, $"is longer than {MaxBytes} bytes; is it the right file?", path));
                return null;
            }

            return File.ReadAllText(path);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            errors.Add(new OptionsError(
                key, Directory.Exists(path) ? "is a folder; a file is needed" : "does not exist; paths are relative to the configuration file", path));
        }
        catch (UnauthorizedAccessException)
        {
            errors.Add(new OptionsError(key, $"cannot be read by user {Environment.UserName}; check its owner and permissions", path));
        }
        catch (IOException exception)
        {
            errors.Add(new OptionsError(key, $"cannot be read: {exception.Message}", path));
        }

        return null;
    }
}
