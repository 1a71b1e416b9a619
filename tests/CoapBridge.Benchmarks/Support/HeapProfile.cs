using System.Reflection;
using System.Runtime.InteropServices;

namespace CoapBridge.Benchmarks.Support;

/// <summary>What an object holds, by type: walks its fields, and theirs.</summary>
internal static class HeapProfile
{
    private const BindingFlags AllFields = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    /// <summary>Prints the types that take most, in bytes for each of <paramref name="divisor"/>.</summary>
    public static void Print(object root, int divisor, int lines = 14)
    {
        var totals = new Dictionary<Type, (long Count, long Bytes)>();
        var seen = new HashSet<object>(ReferenceEqualityComparer.Instance);
        var open = new Stack<object>([root]);
        while (open.TryPop(out var item))
        {
            if (item is Type or Delegate or MemberInfo or Assembly || !seen.Add(item))
            {
                continue;
            }

            var type = item.GetType();
            var (count, bytes) = totals.GetValueOrDefault(type);
            totals[type] = (count + 1, bytes + SizeOf(item));
            Children(item, type, open);
        }

        foreach (var (type, (count, bytes)) in totals.OrderByDescending(pair => pair.Value.Bytes).Take(lines))
        {
            Report.Note($"{(double)bytes / divisor,8:0.0} B  {(double)count / divisor,5:0.00} ×  {Name(type)}");
        }
    }

    private static string Name(Type type) =>
        type.IsGenericType ? $"{type.Name}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>" : type.Name;

    private static void Children(object item, Type type, Stack<object> open)
    {
        if (item is Array array)
        {
            if (!type.GetElementType()!.IsPrimitive)
            {
                foreach (var element in array)
                {
                    Add(element, open);
                }
            }

            return;
        }

        for (var at = type; at is not null; at = at.BaseType)
        {
            foreach (var field in at.GetFields(AllFields).Where(field => !field.FieldType.IsPrimitive && !field.FieldType.IsPointer))
            {
                Add(field.GetValue(item), open);
            }
        }
    }

    private static void Add(object? value, Stack<object> open)
    {
        if (value is ValueType)
        {
            // A box of ours, no object of the heap: only what it refers to counts.
            Children(value, value.GetType(), open);
        }
        else if (value is not null)
        {
            open.Push(value);
        }
    }

    // A method table begins with the component's size (2 bytes) and has the base size at offset 4.
    private static long SizeOf(object item)
    {
        var table = item.GetType().TypeHandle.Value;
        long size = Marshal.ReadInt32(table, 4);
        var component = (ushort)Marshal.ReadInt16(table);
        size += item switch
        {
            string text => text.Length * sizeof(char),
            Array array => (long)array.Length * component,
            _ => 0,
        };
        return (size + IntPtr.Size - 1) / IntPtr.Size * IntPtr.Size;
    }
}
